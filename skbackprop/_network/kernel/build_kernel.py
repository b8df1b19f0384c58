"""Builds the kernel at installation: one source, compiled for each instruction set and each floating type.

Where no compiler can do it, the package is installed without the kernel, says so, and works in NumPy. These variables of
the environment steer a build:

    SKBACKPROP_INSTRUCTION_SETS   those to compile besides baseline, separated by commas, of avx2 and avx512; else all
    SKBACKPROP_CFLAGS             flags for the compiler, after ours and those of CFLAGS: "-O0 -g" for a debugger
    SKBACKPROP_LDFLAGS            flags for the linker
    SKBACKPROP_ABI3               1: a wheel for this CPython and all later ones, from 3.11 on

On Windows the gcc of MinGW serves, where there is one, or what CC names: Microsoft's own compiler has no vectors of the
kind that the kernel is written in.
"""

import os
import shutil
import sys
import sysconfig
from itertools import pairwise
from pathlib import Path

from setuptools.command.bdist_wheel import bdist_wheel
from setuptools.command.build_ext import build_ext

FOLDER = Path("skbackprop", "_network", "kernel")  # from the root of the project, where builds run
KERNEL = str(FOLDER / "kernel.c")

# -ffinite-math-only, a part of -ffast-math, would compile the search for NaN away. Exact errno and traps are not needed.
FLAGS = ["-std=gnu11", "-O3", "-ffp-contract=fast", "-fno-math-errno", "-fno-trapping-math", "-fvisibility=hidden"]

# Name, bytes of a vector, flags. The vectors' width must match the instruction set: wider ones are many times slower.
BASELINE = ("baseline", 16, [])
X86_64 = [
    BASELINE,
    ("avx2", 32, ["-mavx2", "-mfma"]),
    ("avx512", 64, ["-mavx2", "-mfma", "-mavx512f", "-mavx512dq", "-mavx512vl", "-mprefer-vector-width=512"]),
]


def sources():
    """All files of the kernel, this one included."""
    return sorted(str(file) for file in FOLDER.rglob("*") if file.suffix in (".c", ".h", ".py"))


def target_architectures(environment, platform):
    """The processors that a build is for, which need not be that of the machine it is made on.

    Parameters
    ----------
    environment : dict
    platform : str
        As `sysconfig.get_platform` has it, which obeys _PYTHON_HOST_PLATFORM: "linux-x86_64", "macosx-11.0-universal2".
    """
    if not platform.startswith("macosx"):
        return {platform}
    # A compiler of macOS makes code for each -arch it is given; ARCHFLAGS stands in for what Python itself was built for.
    named = {
        variable: {name for flag, name in pairwise(environment.get(variable, "").split()) if flag == "-arch"}
        for variable in ("ARCHFLAGS", "CFLAGS", "CC")
    }
    return (named["ARCHFLAGS"] or {platform}) | named["CFLAGS"] | named["CC"]


def choose_instruction_sets(environment, platform):
    """Those that all targets have, less those that SKBACKPROP_INSTRUCTION_SETS leaves out; as `target_architectures`."""
    wanted = environment.get("SKBACKPROP_INSTRUCTION_SETS", "").replace(",", " ").split()
    known = [name for name, *_ in X86_64]
    for name in wanted:
        if name not in known:
            raise ValueError(f"SKBACKPROP_INSTRUCTION_SETS names {name!r}; there are {', '.join(known)}.")
    are_x86_64 = all("x86_64" in name or "amd64" in name for name in target_architectures(environment, platform))
    there = X86_64 if are_x86_64 else [BASELINE]
    return [each for each in there if not wanted or each is BASELINE or each[0] in wanted]


def is_for_later_pythons(environment):
    """Whether the build keeps to the part of Python's interface in C that later versions have too."""
    is_able = sys.implementation.name == "cpython" and sys.version_info >= (3, 11)
    has_gil = not sysconfig.get_config_var("Py_GIL_DISABLED")  # without it there is no such part
    return environment.get("SKBACKPROP_ABI3") == "1" and is_able and has_gil


def choose_compiler(environment, system):
    """The kind of compiler that setuptools is to take, or None for its own choice; `system` as `os.name`."""
    has_mingw = "CC" in environment or shutil.which("gcc")
    return "mingw32" if system == "nt" and has_mingw else None


def choose_stack_flags(environment, compiler_type):
    """What wide vectors need besides, so that they may be kept on the stack; `compiler_type` as setuptools names it.

    The stack of Windows is aligned to 16 bytes, and gcc moves wider vectors there as if it were aligned to theirs (its bug
    54412), so the assembler is told to make moves that need no alignment of all. Clang has neither the fault nor the flag.
    """
    compiler = environment.get("CC", "gcc")
    is_gcc = compiler_type == "mingw32" and "clang" not in compiler and "zig" not in compiler
    return ["-Wa,-muse-unaligned-vector-move"] if is_gcc else []


class BuildWheel(bdist_wheel):
    """Gives the wheel the name of all Pythons that it is for."""

    def finalize_options(self):
        if is_for_later_pythons(os.environ):
            self.py_limited_api = f"cp3{sys.version_info.minor}"
        super().finalize_options()


class BuildKernel(build_ext):
    """Compiles the kernel once per instruction set and type, and links all with the binding."""

    def finalize_options(self):
        self.compiler = self.compiler or choose_compiler(os.environ, os.name)
        super().finalize_options()
        for extension in self.extensions:
            extension.py_limited_api = is_for_later_pythons(os.environ)

    def get_source_files(self):
        """What the source distribution must hold: the whole folder, this file included."""
        return [*super().get_source_files(), *sources()]

    def build_extension(self, extension):
        self._remove_earlier(extension)
        instruction_sets = choose_instruction_sets(os.environ, self.plat_name)
        extension.extra_compile_args = FLAGS + os.environ.get("SKBACKPROP_CFLAGS", "").split()
        extension.extra_link_args = os.environ.get("SKBACKPROP_LDFLAGS", "").split()
        extension.define_macros = [(f"HAVE_{name.upper()}", None) for name, _, _ in instruction_sets]
        if extension.py_limited_api:
            extension.define_macros.append(("Py_LIMITED_API", f"0x03{sys.version_info.minor:02x}0000"))
        extension.extra_objects = [
            compiled
            for instruction_set in instruction_sets
            for bits in (32, 64)
            for compiled in self._compile_kernel(extension, bits, *instruction_set)
        ]
        super().build_extension(extension)

    def _compile_kernel(self, extension, bits, name, n_bytes, flags):
        macros = [
            ("KERNEL_BITS", str(bits)),
            ("KERNEL_BYTES", str(n_bytes)),
            ("KERNEL_NAME", f"functions_{name}_{bits}"),
        ]
        if n_bytes > 16:
            flags = flags + choose_stack_flags(os.environ, self.compiler.compiler_type)
        return self.compiler.compile(
            [KERNEL],
            output_dir=os.path.join(self.build_temp, f"{name}_{bits}"),
            macros=macros,
            extra_postargs=extension.extra_compile_args + flags,
        )

    def _remove_earlier(self, extension):
        """Delete the kernel of an earlier build, which must not stand in for this one if it fails."""
        path = self.get_ext_fullpath(extension.name)
        if os.path.exists(path):
            os.remove(path)

    def run(self):
        for extension in self.extensions:
            self._remove_earlier(extension)  # of an editable installation, which lies beside the sources
        super().run()
        if not all(os.path.exists(self.get_ext_fullpath(extension.name)) for extension in self.extensions):
            print("skbackprop: the compiled kernel could not be built. The package works without it, in NumPy, slower.")
