// Contexts: a device's primary one keeps its handle, however often it is made and destroyed.
#include <algorithm>

#include "driver.h"
#include "schedule.h"

namespace {

constexpr unsigned API_VERSION = 3020;

Context *create_context(Device *device, bool primary) {
    Context *context = create<Context>(nullptr);
    context->device = device;
    context->primary = primary;
    context->internal = primary;
    context->null_stream = create<Stream>(context);
    context->null_stream->internal = true;
    context->streams = {context->null_stream};
    return context;
}

void end(Context *context) {
    if (context->failed == 0) {
        wait_for_context(context);
    } else {
        // What was on its streams is gone, and must not run when the context is made again.
        for (const CommandRef &command : state->pending) {
            if (command->context == context) {
                command->work = {};
            }
        }
    }
    destroy_children(context);
    if (!state->lost) {
        context->failed = 0;
    }
}

Context *working(CUcontext handle) {
    Context *context = find<Context>(handle);
    check_works(context);
    return context;
}

void make_current(Context *context) {
    context_stack().push_back(context->handle);
}

}  // namespace

EXPORTED CUresult cuDevicePrimaryCtxRetain(CUcontext *out, CUdevice number) {
    CALL(INITIALIZED) {
        Device *owner = device(number);
        if (owner->primary == nullptr) {
            owner->primary = create_context(owner, true);
        }
        if (owner->primary->failed != 0 && owner->retained == 0) {
            answer(owner->primary->failed);
        }
        owner->primary->alive = true;
        owner->primary->flags = owner->flags;
        owner->retained++;
        *given(out) = owner->primary->handle;
    });
}

EXPORTED CUresult cuDevicePrimaryCtxRelease_v2(CUdevice number) {
    CALL(INITIALIZED) {
        Device *owner = device(number);
        if (owner->retained == 0) {
            refuse(INVALID_CONTEXT, text("the primary context of device %d is not retained", number));
        }
        if (owner->retained == 1) {
            end(owner->primary);
            owner->primary->alive = false;
        }
        owner->retained--;
    });
}

EXPORTED CUresult cuDevicePrimaryCtxReset_v2(CUdevice number) {
    CALL(INITIALIZED) {
        Device *owner = device(number);
        if (owner->primary != nullptr && owner->primary->alive) {
            end(owner->primary);
        }
    });
}

EXPORTED CUresult cuDevicePrimaryCtxSetFlags_v2(CUdevice number, unsigned flags) {
    CALL(INITIALIZED) { device(number)->flags = flags; });
}

EXPORTED CUresult cuDevicePrimaryCtxGetState(CUdevice number, unsigned *flags, int *active) {
    CALL(INITIALIZED) {
        *given(flags) = device(number)->flags;
        *given(active) = device(number)->retained > 0 ? 1 : 0;
    });
}

EXPORTED CUresult cuCtxCreate_v2(CUcontext *out, unsigned flags, CUdevice number) {
    CALL(INITIALIZED) {
        Context *context = create_context(device(number), false);
        context->flags = flags;
        make_current(context);
        *given(out) = context->handle;
    });
}

EXPORTED CUresult cuCtxDestroy_v2(CUcontext handle) {
    CALL(INITIALIZED) {
        Context *context = find<Context>(handle);
        if (context->primary) {
            refuse(INVALID_CONTEXT, "a primary context is released, not destroyed");
        }
        end(context);
        context->alive = false;
        std::vector<void *> &handles = context_stack();
        if (!handles.empty() && handles.back() == handle) {
            handles.pop_back();
        }
    });
}

EXPORTED CUresult cuCtxSetCurrent(CUcontext handle) {
    CALL(INITIALIZED) {
        std::vector<void *> &handles = context_stack();
        Context *context = handle == nullptr ? nullptr : working(handle);
        if (!handles.empty()) {
            handles.pop_back();
        }
        if (context != nullptr) {
            make_current(context);
        }
    });
}

EXPORTED CUresult cuCtxGetCurrent(CUcontext *out) {
    CALL(INITIALIZED) { *given(out) = context_stack().empty() ? nullptr : context_stack().back(); });
}

EXPORTED CUresult cuCtxPushCurrent_v2(CUcontext handle) {
    CALL(INITIALIZED) { make_current(working(handle)); });
}

EXPORTED CUresult cuCtxPopCurrent_v2(CUcontext *out) {
    CALL(INITIALIZED) {
        std::vector<void *> &handles = context_stack();
        if (handles.empty()) {
            refuse(INVALID_CONTEXT, "no context is current");
        }
        if (out != nullptr) {
            *out = handles.back();
        }
        handles.pop_back();
    });
}

EXPORTED CUresult cuCtxGetDevice(CUdevice *out) {
    CALL(CONTEXT) { *given(out) = current()->device->number; });
}

EXPORTED CUresult cuCtxGetFlags(unsigned *out) {
    CALL(CONTEXT) { *given(out) = current()->flags; });
}

EXPORTED CUresult cuCtxGetApiVersion(CUcontext handle, unsigned *out) {
    CALL(INITIALIZED) {
        if (handle != nullptr) {
            find<Context>(handle);
        }
        *given(out) = API_VERSION;
    });
}

EXPORTED CUresult cuCtxGetStreamPriorityRange(int *least, int *greatest) {
    CALL(CONTEXT) {
        if (least != nullptr) {
            *least = 0;
        }
        if (greatest != nullptr) {
            *greatest = -5;
        }
    });
}

EXPORTED CUresult cuCtxEnablePeerAccess(CUcontext handle, unsigned flags) {
    CALL(CONTEXT) {
        Context *peer = find<Context>(handle);
        if (flags != 0) {
            answer(INVALID_VALUE);
        }
        if (!state->peers || peer->device == current()->device) {
            answer(PEER_ACCESS_UNSUPPORTED);
        }
        if (!current()->reaches.insert(peer).second) {
            answer(PEER_ACCESS_ALREADY_ENABLED);
        }
    });
}

EXPORTED CUresult cuCtxDisablePeerAccess(CUcontext handle) {
    CALL(CONTEXT) {
        if (current()->reaches.erase(find<Context>(handle)) == 0) {
            answer(PEER_ACCESS_NOT_ENABLED);
        }
    });
}
