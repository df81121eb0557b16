"""What a test may use: kiln's tools, FileCheck, %models for the real models, and python with numpy as %python.

`REQUIRES: models` skips a test where the folder of real models is absent; `REQUIRES: all` keeps a whole-network test
out of the quick `check`, where tests on random cases draw only a few of them (KILN_TEST_SEEDS).
"""
import os
import shutil

import lit.formats

config.name = "kiln"
config.test_format = lit.formats.ShTest(execute_external=False)
config.suffixes = [".mlir", ".test"]
config.excludes = ["Inputs", "CMakeLists.txt"]
config.test_source_root = os.path.dirname(__file__)
config.environment["PATH"] = os.pathsep.join(
    [config.kiln_tools, config.llvm_tools, os.environ.get("PATH", "")]
)

if os.path.isdir(config.kiln_models):
    config.available_features.add("models")
if lit_config.params.get("all"):
    config.available_features.add("all")
else:
    config.environment["KILN_TEST_SEEDS"] = "2"
if all(shutil.which(f"qemu-{name}") for name in ("aarch64", "riscv64", "x86_64")):
    config.available_features.add("qemu")

venv = os.path.join(config.kiln_build, "venv", "bin", "python3")
if os.path.exists(venv):
    config.available_features.add("python")
config.substitutions += [
    ("%models", config.kiln_models),
    ("%source", config.kiln_source),
    ("%build", config.kiln_build),
    ("%unit", config.unit_tests),
    ("%python", venv),
]
