package budget

// #include <malloc.h>
import "C"

// mmapThreshold is the size from which C's memory is asked of the system by itself,
// and given back when it is freed, in bytes. By default glibc raises its threshold up
// to 32 MiB as such memory is freed, and keeps what is smaller: 350 MiB were seen, in
// eight arenas, of a server of 1 GiB.
const mmapThreshold = 1 << 20

// giveBack has C give memory back that decoders have freed.
func giveBack() { C.mallopt(C.M_MMAP_THRESHOLD, mmapThreshold) }
