#include "core/base/denormals.h"

#include <stdint.h>
#if defined(__SSE__)
#include <xmmintrin.h>
#endif

void denormals_flush(void)
{
#if defined(__SSE__)
    const unsigned flush_to_zero = 1u << 15, denormals_are_zero = 1u << 6;

    _mm_setcsr(_mm_getcsr() | flush_to_zero | denormals_are_zero);
#elif defined(__aarch64__)
    const uint64_t flush_to_zero = (uint64_t)1 << 24;
    uint64_t control;

    __asm__ volatile("mrs %0, fpcr" : "=r"(control));
    __asm__ volatile("msr fpcr, %0" : : "r"(control | flush_to_zero));
#endif
}
