"""Kiln's C interface through ctypes: kiln_open and kiln_run of one network (runtime/include/kiln/kiln.h)."""
import ctypes
from pathlib import Path

import numpy as np

ALIGNMENT = 64


class Buffer(ctypes.Structure):
    """kiln_buffer."""
    _fields_ = [("data", ctypes.c_void_p), ("bytes", ctypes.c_size_t)]


def aligned(size: int) -> np.ndarray:
    """Bytes at a multiple of 64."""
    memory = np.zeros(size + ALIGNMENT, np.uint8)
    begin = -memory.ctypes.data % ALIGNMENT
    return memory[begin:begin + size]


def buffer_of(memory: np.ndarray) -> Buffer:
    return Buffer(memory.ctypes.data if memory.size else None, memory.size)


def pointers(arrays: list[np.ndarray]) -> ctypes.Array:
    return (ctypes.c_void_p * len(arrays))(*[array.ctypes.data for array in arrays])


class Native:
    """The network `net` in a shared library, opened; `network` is what `kiln inspect --json` says of it. One in a process."""

    def __init__(self, support: Path, library: Path, network: dict, threads: int):
        self.library, self.support = ctypes.CDLL(str(library)), ctypes.CDLL(str(support))
        self.support.bench_pool_create.restype = ctypes.c_void_p
        self.pool = ctypes.c_void_p(self.support.bench_pool_create(threads) if threads > 1 else None)
        self.arena, self.prepared = aligned(network["arena_bytes"]), aligned(network["prepared_bytes"])
        self.model = (ctypes.c_void_p * 3)()
        self.support.bench_load_weights.restype = Buffer
        weights = Buffer(None, 0)
        if network["weights_file"]:
            weights = self.support.bench_load_weights(str(library.parent / network["weights_file"]).encode())
        self.check(self.library.net_open(self.model, weights, buffer_of(self.prepared), self.pool))

    def check(self, status: int) -> None:
        if status:
            self.library.kiln_status_message.restype = ctypes.c_char_p
            raise RuntimeError(self.library.kiln_status_message(status).decode())

    def bind(self, inputs: list[np.ndarray], outputs: list[np.ndarray]):
        """A function without arguments that runs the network on these arrays."""
        bind, run = self.support.bench_bind, self.support.bench_run
        bind.argtypes = [*[ctypes.c_void_p] * 4, Buffer, ctypes.c_void_p]
        self.bound = pointers(inputs), pointers(outputs), buffer_of(self.arena)
        places = (ctypes.addressof(self.model), *map(ctypes.addressof, self.bound[:2]))
        bind(ctypes.cast(self.library.net_run, ctypes.c_void_p), *places, self.bound[2], self.pool)
        self.check(run())
        return run


def fma_loop(support: Path):
    """A function without arguments: the GFLOP/s of multiply-adds on this core at the moment."""
    loop = ctypes.CDLL(str(support)).bench_fma
    loop.restype = ctypes.c_double
    return lambda: loop(20)
