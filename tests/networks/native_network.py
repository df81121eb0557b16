"""Runs a network that Kiln compiled to a shared library, in a child process and in hostile memory.

Every buffer ends at a page that may not be touched and starts behind another one, working memory and outputs are filled
with a byte beforehand (0xFF makes every float a NaN), and the threads' tasks may come in reverse. What a network reads
or writes beyond its buffers becomes a signal, what it reads before writing becomes a NaN in the results.

    NativeNetwork("out/libnet.so", "out/net.h").run(arrays, results, fill=0xFF, reverse=True)
"""
import ctypes
import ctypes.util
import mmap
import os
import pickle
import re
import signal
import tempfile

import numpy as np

PAGE = mmap.PAGESIZE
libc = ctypes.CDLL(None, use_errno=True)
libc.mprotect.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]


class Buffer(ctypes.Structure):
    _fields_ = [("data", ctypes.c_void_p), ("bytes", ctypes.c_size_t)]


Task = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_int)
ParallelFor = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p)


class Pool(ctypes.Structure):
    _fields_ = [("context", ctypes.c_void_p), ("threads", ctypes.c_int), ("parallel_for", ParallelFor)]


class GuardedMemory:
    """Bytes between two untouchable pages, at the very end of what may be touched as far as the alignment allows."""

    def __init__(self, size, alignment, fill):
        pages = (size + PAGE - 1) // PAGE + 1
        self.map = mmap.mmap(-1, (pages + 2) * PAGE)
        start = ctypes.addressof(ctypes.c_char.from_buffer(self.map))
        end = start + (pages + 1) * PAGE
        ctypes.memset(start + PAGE, fill, pages * PAGE)
        for guard in (start, end):
            if libc.mprotect(guard, PAGE, 0) != 0:
                raise OSError(ctypes.get_errno(), "mprotect")
        self.size = size
        self.address = (end - size) // alignment * alignment
        self.fill = fill
        self.around = [(start + PAGE, self.address), (self.address + size, end)]

    def is_intact_around(self):
        return all(
            ctypes.string_at(begin, end - begin) == bytes([self.fill]) * (end - begin)
            for begin, end in self.around
        )


def guarded(array, fill=0xA5):
    memory = GuardedMemory(array.nbytes, array.itemsize, fill)
    ctypes.memmove(memory.address, np.ascontiguousarray(array).ctypes.data, array.nbytes)
    return memory


def reversed_pool(threads):
    def parallel_for(_, tasks, task, argument):
        if tasks:
            call = Task(task)
            for i in reversed(range(tasks)):
                call(argument, i)

    return Pool(None, threads, ParallelFor(parallel_for))


class NativeNetwork:
    def __init__(self, library, header):
        self.library = os.path.abspath(library)
        with open(header) as file:
            text = file.read()
        self.arena_bytes = int(re.search(r"_ARENA_BYTES (\d+)u", text).group(1))
        self.prefix = re.search(r"kiln_status (\w+)_open\(", text).group(1)

    def run(self, inputs, outputs, fill, reverse):
        """The results for `inputs`, with the shapes and types of the arrays `outputs`; a RuntimeError says what went wrong."""
        with tempfile.TemporaryFile() as answer:
            child = os.fork()
            if child == 0:
                self._child(answer, inputs, outputs, fill, reverse)
            _, status = os.waitpid(child, 0)
            if os.WIFSIGNALED(status):
                raise RuntimeError("stopped by " + signal.Signals(os.WTERMSIG(status)).name)
            answer.seek(0)
            result = pickle.load(answer)
        if isinstance(result, str):
            raise RuntimeError(result)
        return result

    def _child(self, answer, inputs, outputs, fill, reverse):
        try:
            result = self._run_here(inputs, outputs, fill, reverse)
        except Exception as error:  # the parent reports it
            result = f"{type(error).__name__}: {error}"
        pickle.dump(result, answer)
        answer.flush()
        os._exit(0)

    def _run_here(self, inputs, outputs, fill, reverse):
        library = ctypes.CDLL(self.library)
        sources = [guarded(array) for array in inputs]
        results = [GuardedMemory(array.nbytes, array.itemsize, fill) for array in outputs]
        arena = GuardedMemory(self.arena_bytes, 64, fill)
        pool = reversed_pool(4) if reverse else None
        model = (ctypes.c_void_p * 8)()
        run_open, run = library[self.prefix + "_open"], library[self.prefix + "_run"]
        run_open.argtypes = [ctypes.c_void_p, Buffer, Buffer, ctypes.c_void_p]
        run.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p, Buffer, ctypes.c_void_p]
        pointer = ctypes.addressof(pool) if pool else None
        status = run_open(ctypes.addressof(model), Buffer(), Buffer(), pointer)
        if status:
            return f"open answers status {status}"
        addresses = [
            (ctypes.c_void_p * max(1, len(memories)))(*[memory.address for memory in memories])
            for memories in (sources, results)
        ]
        space = Buffer(arena.address, self.arena_bytes)
        status = run(ctypes.addressof(model), addresses[0], addresses[1], space, pointer)
        if status:
            return f"run answers status {status}"
        for kind, memories in (("an input", sources), ("an output", results), ("the arena", [arena])):
            if not all(memory.is_intact_around() for memory in memories):
                return f"bytes around {kind} were written"
        for memory, array in zip(sources, inputs):
            if ctypes.string_at(memory.address, memory.size) != np.ascontiguousarray(array).tobytes():
                return "an input was written"
        return [
            np.frombuffer(ctypes.string_at(memory.address, memory.size), array.dtype).reshape(array.shape)
            for memory, array in zip(results, outputs)
        ]
