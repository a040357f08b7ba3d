/* Tells libFuzzer which parts of the compiled core an input reaches.

   gcc calls __sanitizer_cov_trace_pc in each block of code (-fsanitize-coverage=trace-pc); libFuzzer
   counts only what clang writes. So each block has a counter here, found by its distance from this
   file's own data, which is the same in each run. */

#include <stdint.h>

#define COUNTERS 16384
#define HIDDEN __attribute__((visibility("hidden")))

void __sanitizer_cov_8bit_counters_init(uint8_t *start, uint8_t *stop);
void __sanitizer_cov_pcs_init(const uintptr_t *start, const uintptr_t *stop);

static uint8_t counters[COUNTERS];
/* libFuzzer wants the address and the flags of each; it only prints them. */
static uintptr_t blocks[2 * COUNTERS];

HIDDEN void __sanitizer_cov_trace_pc(void);
HIDDEN void __sanitizer_cov_trace_cmpd(double left, double right);

void __sanitizer_cov_trace_pc(void)
{
    uint32_t distance = (uint32_t)((uintptr_t)__builtin_return_address(0) - (uintptr_t)counters);
    counters[(distance * 2654435761u) >> 18]++;
}

/* Comparisons of doubles, which libFuzzer does not know. */
void __sanitizer_cov_trace_cmpd(double left, double right)
{
    (void)left;
    (void)right;
}

__attribute__((constructor)) static void begin(void)
{
    __sanitizer_cov_8bit_counters_init(counters, counters + COUNTERS);
    __sanitizer_cov_pcs_init(blocks, blocks + 2 * COUNTERS);
}
