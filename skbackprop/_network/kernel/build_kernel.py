"""Builds the kernel at installation: one source, compiled for each instruction set and each floating type.

Where no compiler can do it, the package is installed without the kernel, says so, and works in NumPy.
"""

import os
import platform

from setuptools.command.build_ext import build_ext

KERNEL = "skbackprop/_network/kernel/kernel.c"

# -ffinite-math-only, a part of -ffast-math, would compile the search for NaN away. Exact errno and traps are not needed.
FLAGS = ["-std=gnu11", "-O3", "-ffp-contract=fast", "-fno-math-errno", "-fno-trapping-math", "-fvisibility=hidden"]

# Name, bytes of a vector, flags. The vectors' width must match the instruction set: wider ones are many times slower.
BASELINE = ("baseline", 16, [])
X86_64 = [
    BASELINE,
    ("avx2", 32, ["-mavx2", "-mfma"]),
    ("avx512", 64, ["-mavx2", "-mfma", "-mavx512f", "-mavx512dq", "-mavx512vl", "-mprefer-vector-width=512"]),
]


class BuildKernel(build_ext):
    """Compiles the kernel once per instruction set and type, and links all with the binding."""

    def build_extension(self, extension):
        self._remove_earlier(extension)
        is_x86_64 = platform.machine().lower() in ("x86_64", "amd64")
        instruction_sets = X86_64 if is_x86_64 else [BASELINE]
        extension.extra_compile_args = FLAGS + os.environ.get("SKBACKPROP_CFLAGS", "").split()
        extension.extra_link_args = os.environ.get("SKBACKPROP_LDFLAGS", "").split()
        extension.define_macros = [(f"HAVE_{name.upper()}", None) for name, _, _ in instruction_sets]
        extension.extra_objects = [
            compiled
            for instruction_set in instruction_sets
            for bits in (32, 64)
            for compiled in self._compile_kernel(extension, bits, *instruction_set)
        ]
        super().build_extension(extension)

    def _compile_kernel(self, extension, bits, name, n_bytes, flags):
        macros = [("KERNEL_BITS", str(bits)), ("KERNEL_BYTES", str(n_bytes)), ("KERNEL_NAME", f"epoch_{name}_{bits}")]
        return self.compiler.compile(
            [KERNEL],
            output_dir=os.path.join(self.build_temp, f"{name}_{bits}"),
            macros=macros,
            depends=extension.depends,
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
