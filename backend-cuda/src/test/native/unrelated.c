// Stands where a library of CUDA is looked for, and has nothing of it; BROKEN needs what no library has.
#ifdef BROKEN
extern int nowhere;
int *needed = &nowhere;
#endif

int unrelated(void) {
    return 0;
}
