#define MATMUL matmul
#define ELEMENT float
#define LOAD(p, i, n) get(p, i, n)
#define ONE(p, i) (p)[i]
