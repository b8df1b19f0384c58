"""What a build of the kernel compiles: instruction sets by the target, whatever machine it is made on."""

import importlib.util
import sys
import sysconfig
from pathlib import Path

import pytest

FILE = Path(__file__).resolve().parents[2] / "skbackprop" / "_network" / "kernel" / "build_kernel.py"


@pytest.fixture(scope="module")
def build():
    """The module that builds, which is of the sources and not of the package."""
    if not FILE.exists():
        pytest.skip("the sources are elsewhere")
    spec = importlib.util.spec_from_file_location("build_kernel", FILE)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def names(build, platform, **environment):
    return [name for name, *_ in build.choose_instruction_sets(environment, platform)]


@pytest.mark.parametrize(
    "platform",
    ["linux-x86_64", "macosx-10.9-x86_64", "win-amd64", "mingw_x86_64_ucrt", "freebsd-14.0_release-amd64"],
)
def test_an_x86_64_has_them_all(build, platform):
    assert names(build, platform) == ["baseline", "avx2", "avx512"]


@pytest.mark.parametrize(
    "platform",
    [
        "linux-aarch64",
        "linux-ppc64le",
        "linux-i686",
        "macosx-11.0-arm64",
        "macosx-10.9-universal2",
        "win-arm64",
        "win32",
    ],
)
def test_other_processors_have_the_baseline(build, platform):
    """So has a build for several at once: its flags would be given for each of them."""
    assert names(build, platform) == ["baseline"]


@pytest.mark.parametrize(
    ("environment", "is_x86_64"),
    [
        ({"ARCHFLAGS": "-arch x86_64"}, True),
        ({"ARCHFLAGS": "-arch arm64"}, False),
        ({"ARCHFLAGS": "-arch arm64 -arch x86_64"}, False),
        ({"CFLAGS": "-O2 -arch arm64", "ARCHFLAGS": "-arch x86_64"}, False),
        ({"CC": "clang -arch arm64", "ARCHFLAGS": "-arch x86_64"}, False),
        ({"CFLAGS": "-g -march=x86-64-v2", "ARCHFLAGS": "-arch x86_64", "CC": "ccache clang"}, True),
    ],
)
@pytest.mark.parametrize("platform", ["macosx-10.9-universal2", "macosx-11.0-arm64"])
def test_on_macos_the_flags_name_the_target(build, environment, is_x86_64, platform):
    assert names(build, platform, **environment) == (["baseline", "avx2", "avx512"] if is_x86_64 else ["baseline"])


def test_the_platforms_own_name_counts_where_no_flag_names_one(build):
    assert names(build, "macosx-11.0-arm64", CFLAGS="-arch x86_64") == ["baseline"]
    assert names(build, "macosx-10.9-x86_64", CFLAGS="-O2") == ["baseline", "avx2", "avx512"]


def test_flags_of_macos_mean_nothing_elsewhere(build):
    assert names(build, "linux-x86_64", ARCHFLAGS="-arch arm64") == ["baseline", "avx2", "avx512"]


@pytest.mark.parametrize(
    ("wanted", "compiled"),
    [
        ("", ["baseline", "avx2", "avx512"]),
        ("baseline", ["baseline"]),
        ("avx2,baseline", ["baseline", "avx2"]),
        ("avx512", ["baseline", "avx512"]),
        (" avx2 , avx512 ", ["baseline", "avx2", "avx512"]),
    ],
)
def test_a_quick_build_leaves_some_out(build, wanted, compiled):
    assert names(build, "linux-x86_64", SKBACKPROP_INSTRUCTION_SETS=wanted) == compiled
    assert names(build, "linux-aarch64", SKBACKPROP_INSTRUCTION_SETS=wanted) == ["baseline"]


def test_an_instruction_set_without_a_kernel_is_refused(build):
    with pytest.raises(ValueError, match=r"names 'sse9'; there are baseline, avx2, avx512\."):
        names(build, "linux-x86_64", SKBACKPROP_INSTRUCTION_SETS="baseline,sse9")


@pytest.mark.skipif(sys.implementation.name != "cpython", reason="other Pythons have other interfaces")
@pytest.mark.parametrize(
    ("version", "has_gil", "asked", "is_for_later"),
    [
        ((3, 10), True, "1", False),
        ((3, 11), True, "1", True),
        ((3, 14), True, "1", True),
        ((3, 14), False, "1", False),
        ((3, 11), True, "0", False),
        ((3, 11), True, "", False),
    ],
)
def test_a_wheel_for_later_pythons_is_built_where_it_can_be(build, monkeypatch, version, has_gil, asked, is_for_later):
    monkeypatch.setattr(sys, "version_info", version)
    monkeypatch.setattr(sysconfig, "get_config_var", {"Py_GIL_DISABLED": int(not has_gil)}.get)
    assert build.is_for_later_pythons({"SKBACKPROP_ABI3": asked}) == is_for_later


def test_windows_takes_a_compiler_that_has_vectors(build, monkeypatch):
    monkeypatch.setattr(build.shutil, "which", lambda name: name if name == "gcc" else None)
    assert build.choose_compiler({}, "nt") == "mingw32"
    assert build.choose_compiler({}, "posix") is None
    monkeypatch.setattr(build.shutil, "which", lambda name: None)
    assert build.choose_compiler({}, "nt") is None
    assert build.choose_compiler({"CC": "clang"}, "nt") == "mingw32"


@pytest.mark.parametrize(
    ("compiler_type", "compiler", "is_needed"),
    [
        ("mingw32", None, True),
        ("mingw32", "x86_64-w64-mingw32-gcc", True),
        ("mingw32", "clang", False),
        ("mingw32", "python -m ziglang cc", False),
        ("msvc", None, False),
        ("unix", None, False),
        ("unix", "gcc", False),
    ],
)
def test_gcc_may_not_trust_the_stack_of_windows(build, compiler_type, compiler, is_needed):
    flags = build.choose_stack_flags({"CC": compiler} if compiler else {}, compiler_type)
    assert flags == ["-Wa,-muse-unaligned-vector-move"] * is_needed


def test_the_source_distribution_holds_every_file_of_the_kernel(build, monkeypatch):
    monkeypatch.chdir(FILE.parents[3])
    files = {Path(file).name for file in build.sources()}
    assert {"build_kernel.py", "dispatch.c", "kernel.c", "kernel.h", "module.c"} <= files
    assert files == {file.name for file in FILE.parent.rglob("*") if file.is_file() and "__pycache__" not in file.parts}
