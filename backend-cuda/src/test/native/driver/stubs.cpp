// Every function that JCuda's library wants: those that are modelled elsewhere go before these.
#include "types.h"

EXPORTED CUresult double_not_modelled(const char *name);

#define STUB(name)                                    \
    EXPORTED __attribute__((weak)) CUresult name() {  \
        return double_not_modelled(#name);            \
    }

#include STUBS
