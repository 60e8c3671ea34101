/* Included before lanes.c: the loops for AVX-VNNI on a processor that has only AVX-512 VNNI, whose instruction VPDPBUSD
 * of 256 bits is the same in another encoding. */
#include <immintrin.h>

#undef __AVX512VNNI__
#undef __AVX512F__
#define __AVXVNNI__ 1
#define _mm256_dpbusd_avx_epi32 _mm256_dpbusd_epi32
