/* Which compiled kernels there are, and which of them this machine can run. */
#include "kernel.h"

#define DECLARE(name) extern const Functions name
#define IS_SUPPORTED(name, condition) \
    static int supports_##name(void) { return condition; }

#if defined(HAVE_AVX512)
DECLARE(functions_avx512_32);
DECLARE(functions_avx512_64);
IS_SUPPORTED(avx512, __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
                         __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("fma"))
#endif
#if defined(HAVE_AVX2)
DECLARE(functions_avx2_32);
DECLARE(functions_avx2_64);
IS_SUPPORTED(avx2, __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
#endif
DECLARE(functions_baseline_32);
DECLARE(functions_baseline_64);
IS_SUPPORTED(baseline, 1)

const Kernel KERNELS[] = {
#if defined(HAVE_AVX512)
    {"avx512", 64, {&functions_avx512_32, &functions_avx512_64}, supports_avx512},
#endif
#if defined(HAVE_AVX2)
    {"avx2", 32, {&functions_avx2_32, &functions_avx2_64}, supports_avx2},
#endif
    {"baseline", 16, {&functions_baseline_32, &functions_baseline_64}, supports_baseline},
    {0},
};
