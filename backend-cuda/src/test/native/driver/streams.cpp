#include "memory.h"
#include "schedule.h"

namespace {

CUstream create_stream(unsigned flags, int priority) {
    if (flags > STREAM_NON_BLOCKING) {
        answer(INVALID_VALUE);
    }
    Context *context = current();
    Stream *out = create<Stream>(context);
    out->flags = flags;
    out->priority = priority > 0 ? 0 : priority < -5 ? -5 : priority;
    context->streams.push_back(out);
    return out->handle;
}

// A capture ends where somebody asks for what only a run can tell.
void not_captured(Stream *on) {
    if (on->capture != nullptr) {
        on->capture->broken = true;
        refuse(STREAM_CAPTURE_UNSUPPORTED, text("stream %p is being captured", on->handle));
    }
    no_capture(on);
}

}  // namespace

EXPORTED CUresult cuStreamCreate(CUstream *out, unsigned flags) {
    CALL(CONTEXT) { *given(out) = create_stream(flags, 0); });
}

EXPORTED CUresult cuStreamCreateWithPriority(CUstream *out, unsigned flags, int priority) {
    CALL(CONTEXT) { *given(out) = create_stream(flags, priority); });
}

// Its commands run on, and keep their place before what waits for them.
EXPORTED CUresult cuStreamDestroy_v2(CUstream handle) {
    CALL(CONTEXT) {
        Stream *found = find<Stream>(handle);
        check_works(found->context);
        if (found->capture != nullptr) {
            found->capture->broken = true;
        }
        found->alive = false;
    });
}

EXPORTED CUresult cuStreamSynchronize(CUstream handle) {
    CALL(CONTEXT) {
        Stream *on = stream(handle);
        not_captured(on);
        wait_for({on->last});
        check_works(on->context);
        trim_pools();
    });
}

EXPORTED CUresult cuStreamQuery(CUstream handle) {
    CALL(CONTEXT) {
        Stream *on = stream(handle);
        not_captured(on);
        bool done = ask(on->last);
        check_works(on->context);
        if (!done) {
            answer(NOT_READY);
        }
    });
}

EXPORTED CUresult cuStreamGetPriority(CUstream handle, int *out) {
    CALL(CONTEXT) { *given(out) = stream(handle)->priority; });
}

EXPORTED CUresult cuStreamGetFlags(CUstream handle, unsigned *out) {
    CALL(CONTEXT) { *given(out) = stream(handle)->flags; });
}

EXPORTED CUresult cuStreamGetCtx(CUstream handle, CUcontext *out) {
    CALL(CONTEXT) { *given(out) = stream(handle)->context->handle; });
}

EXPORTED CUresult cuCtxSynchronize() {
    CALL(CONTEXT) {
        unsafe_in_capture();
        Context *context = current();
        wait_for_context(context);
        check_works(context);
        trim_pools();
    });
}

EXPORTED CUresult cuLaunchHostFunc(CUstream handle, void (*function)(void *), void *data) {
    CALL(CONTEXT) {
        given(reinterpret_cast<void *>(function));
        enqueue(own_stream(handle), {"cuLaunchHostFunc", [=] {
                                         inside = true;
                                         function(data);
                                         inside = false;
                                         return SUCCESS;
                                     }});
    });
}
