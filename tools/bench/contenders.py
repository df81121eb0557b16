"""The engines: each loads an ONNX file for a number of threads in its fastest f32 setting and runs one inference a call.
Those that need files of their own make them first, in `prepare`.

Every `run` is one call from Python into native code with nothing to convert or allocate on the way: input and output
places are bound beforehand, where the engine can. What remains of Python is at most a microsecond, five with ncnn.
"""
import importlib.util
import json
import shutil
import subprocess
from pathlib import Path

import numpy as np

from bench.native import Native


class CannotRun(Exception):
    """The engine does not take this network; the text says why."""


class Contender:
    """What the others have in common: a network is read as it is."""

    @staticmethod
    def prepare(model: Path, inputs: dict[str, np.ndarray], folder: Path) -> None:
        """Makes what is kept in `folder`; raises CannotRun."""


class Kiln(Contender):
    """A shared library made by `kiln compile`; its thread pool and its weights, in huge pages, through the runtime library."""

    @staticmethod
    def prepare(model: Path, inputs: dict[str, np.ndarray], folder: Path) -> None:
        settings = (folder.parent / "kiln.json").read_text()
        kiln, library, made = json.loads(settings), folder / "libnet.so", folder / "kiln.json"
        newest = max(path.stat().st_mtime_ns for path in (model, Path(kiln["kiln"])))
        if made.exists() and made.read_text() == settings and made.stat().st_mtime_ns > newest:
            return
        command = [kiln["kiln"], "compile", str(model), "--emit=shared", "--name=net", "--weights-storage=sidecar", "-o",
                   str(library)]
        done = subprocess.run([*command, *kiln["options"]], capture_output=True, text=True)
        if done.returncode:
            raise CannotRun(done.stderr.strip().splitlines()[-1])
        described = subprocess.run([kiln["kiln"], "inspect", str(library), "--json"], capture_output=True, check=True)
        (folder / "network.json").write_bytes(described.stdout)
        made.write_text(settings)

    def __init__(self, model: Path, threads: int, inputs: dict[str, np.ndarray], folder: Path):
        kiln = json.loads((folder / "kiln.json").read_text())
        network = json.loads((folder / "network.json").read_text())[0]
        self.inputs = [np.ascontiguousarray(inputs[tensor["name"]]) for tensor in network["inputs"]]
        self.outputs = {t["name"]: np.zeros(t["shape"], t["type"]) for t in network["outputs"]}
        self.native = Native(Path(kiln["support"]), folder / "libnet.so", network, threads)
        self.run = self.native.bind(self.inputs, list(self.outputs.values()))

    def answers(self) -> dict[str, np.ndarray]:
        return self.outputs


class OnnxRuntime(Contender):
    """Sequential execution, all graph optimisations, spinning threads (its default and its fastest)."""

    def __init__(self, model: Path, threads: int, inputs: dict[str, np.ndarray], folder: Path):
        import onnxruntime
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
        options.add_session_config_entry("session.intra_op.allow_spinning", "1")
        options.log_severity_level = 3
        self.session = onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
        self.binding = self.session.io_binding()
        for name, value in inputs.items():
            self.binding.bind_ortvalue_input(name, onnxruntime.OrtValue.ortvalue_from_numpy(value))
        self.names = [output.name for output in self.session.get_outputs()]
        for name in self.names:
            self.binding.bind_output(name, "cpu")
        session, binding = self.session._sess, self.binding._iobinding
        self.run = lambda: session.run_with_iobinding(binding, None)

    def answers(self) -> dict[str, np.ndarray]:
        return dict(zip(self.names, self.binding.copy_outputs_to_cpu()))


class OpenVino(Contender):
    """One stream for the least latency, f32 throughout; threads stay where the process is pinned."""

    def __init__(self, model: Path, threads: int, inputs: dict[str, np.ndarray], folder: Path):
        import openvino
        settings = {"PERFORMANCE_HINT": "LATENCY", "NUM_STREAMS": "1", "INFERENCE_NUM_THREADS": str(threads),
                    "INFERENCE_PRECISION_HINT": "f32", "ENABLE_CPU_PINNING": "NO"}
        network = openvino.Core().compile_model(str(model), "CPU", settings)
        self.request = network.create_infer_request()
        self.tensors = {name: openvino.Tensor(value, shared_memory=True) for name, value in inputs.items()}
        for name, tensor in self.tensors.items():
            self.request.set_tensor(name, tensor)
        self.names = [output.get_any_name() for output in network.outputs]
        # The base class runs without looking at the inputs again and copying the results.
        infer, request = openvino._pyopenvino.InferRequest.infer, self.request
        self.run = lambda: infer(request, {}, True, True)

    def answers(self) -> dict[str, np.ndarray]:
        return {name: np.array(self.request.get_tensor(name).data) for name in self.names}


class Ncnn(Contender):
    """The ONNX file converted by pnnx; f32 storage and arithmetic, Winograd and packed layouts on."""

    def __init__(self, model: Path, threads: int, inputs: dict[str, np.ndarray], folder: Path):
        import ncnn
        self.net = ncnn.Net()
        options = self.net.opt
        options.num_threads = threads
        options.use_vulkan_compute = False
        options.use_winograd_convolution = options.use_sgemm_convolution = options.use_packing_layout = True
        for name in ("fp16_packed", "fp16_storage", "fp16_arithmetic", "bf16_storage", "bf16_packed"):
            setattr(options, f"use_{name}", False)
        if self.net.load_param(str(folder / "net.ncnn.param")) or self.net.load_model(str(folder / "net.ncnn.bin")):
            raise CannotRun("ncnn does not load what pnnx made of it")
        self.ncnn, self.names = ncnn, self.net.output_names()
        # ncnn has no batch: a map is C x H x W.
        self.mats = [(name, ncnn.Mat(np.ascontiguousarray(value[0])).clone())
                     for name, value in zip(self.net.input_names(), inputs.values())]
        self.results = {}

    @staticmethod
    def prepare(model: Path, inputs: dict[str, np.ndarray], folder: Path) -> None:
        made = folder / "net.ncnn.bin"
        if made.exists() and made.stat().st_mtime_ns > model.stat().st_mtime_ns:
            return
        # pnnx writes beside the file that it reads.
        copy = folder / "net.onnx"
        shutil.copy(model, copy)
        shapes = ",".join(f"[{','.join(map(str, value.shape))}]" for value in inputs.values())
        # The package itself would import torch; the program beside it stands alone.
        program = Path(importlib.util.find_spec("pnnx").origin).parent / "pnnx"
        program.chmod(0o755)
        done = subprocess.run([program, copy.name, f"inputshape={shapes}", "fp16=0"], cwd=folder, capture_output=True,
                              text=True)
        for path in [*folder.glob("net.pnnx*"), *folder.glob("net_*.py"), copy]:
            path.unlink()
        if done.returncode or not (folder / "net.ncnn.param").exists():
            raise CannotRun(f"pnnx does not convert it (exit status {done.returncode})")

    def run(self) -> None:
        extractor = self.net.create_extractor()
        for name, mat in self.mats:
            extractor.input(name, mat)
        for name in self.names:
            status, self.results[name] = extractor.extract(name)

    def answers(self) -> dict[str, np.ndarray]:
        return {name: np.array(mat) for name, mat in self.results.items()}


CONTENDERS = {"kiln": Kiln, "onnxruntime": OnnxRuntime, "openvino": OpenVino, "ncnn": Ncnn}
