#include "schedule.h"

namespace {

Event *event(CUevent handle) {
    Event *found = find<Event>(handle);
    check_works(found->context);
    return found;
}

Event *not_captured(Event *event) {
    if (event->capture != nullptr) {
        event->capture->broken = true;
        refuse(CAPTURED_EVENT, text("event %p was recorded in a capture", event->handle));
    }
    return event;
}

void record(Event *event, Stream *on, bool external) {
    if (event->context != on->context) {
        refuse(INVALID_HANDLE, text("event %p and stream %p belong to different contexts", event->handle, on->handle));
    }
    if (on->capture != nullptr && !external) {
        event->capture = on->capture;
        event->frontier = on->frontier;
        return;
    }
    Work work = {"cuEventRecord"};
    work.records = event;
    enqueue(on, work);
}

// A stream that waits for a captured event joins the capture.
void join(Stream *on, Event *event) {
    if (on == on->context->null_stream) {
        event->capture->broken = true;
        refuse(STREAM_CAPTURE_IMPLICIT, "the null stream cannot be captured");
    }
    if (on->capture != nullptr && on->capture != event->capture) {
        on->capture->broken = event->capture->broken = true;
        refuse(STREAM_CAPTURE_MERGE, "the stream and the event are in two captures");
    }
    if (on->capture == nullptr) {
        on->capture = event->capture;
        on->frontier.clear();
        on->capture->streams.insert(on);
    }
    on->frontier.insert(on->frontier.end(), event->frontier.begin(), event->frontier.end());
}

void await(Stream *on, Event *event, bool external) {
    if (event->capture != nullptr && !external) {
        join(on, event);
        return;
    }
    if (on->capture != nullptr && !external) {
        on->capture->broken = true;
        refuse(STREAM_CAPTURE_ISOLATION, text("event %p was recorded outside of the capture", event->handle));
    }
    Work work = {"cuStreamWaitEvent"};
    work.awaits = event;
    if (on->capture != nullptr || event->last != nullptr) {
        enqueue(on, work);
    }
}

void create_event(CUevent *out, unsigned flags) {
    if (flags > 7) {
        answer(INVALID_VALUE);
    }
    Event *event = create<Event>(current());
    event->flags = flags;
    *given(out) = event->handle;
}

}  // namespace

EXPORTED CUresult cuEventCreate(CUevent *out, unsigned flags) {
    CALL(CONTEXT) { create_event(out, flags); });
}

EXPORTED CUresult cuEventDestroy_v2(CUevent handle) {
    CALL(CONTEXT) { event(handle)->alive = false; });
}

EXPORTED CUresult cuEventRecord(CUevent handle, CUstream on) {
    CALL(CONTEXT) { record(event(handle), stream(on), false); });
}

EXPORTED CUresult cuEventRecordWithFlags(CUevent handle, CUstream on, unsigned flags) {
    CALL(CONTEXT) {
        Stream *where = stream(on);
        if (flags > EVENT_EXTERNAL || (flags == EVENT_EXTERNAL && where->capture == nullptr)) {
            answer(INVALID_VALUE);
        }
        record(event(handle), where, flags == EVENT_EXTERNAL);
    });
}

EXPORTED CUresult cuStreamWaitEvent(CUstream on, CUevent handle, unsigned flags) {
    CALL(CONTEXT) {
        Stream *where = stream(on);
        if (flags > EVENT_EXTERNAL || (flags == EVENT_EXTERNAL && where->capture == nullptr)) {
            answer(INVALID_VALUE);
        }
        await(where, event(handle), flags == EVENT_EXTERNAL);
    });
}

EXPORTED CUresult cuEventQuery(CUevent handle) {
    CALL(CONTEXT) {
        Event *asked = not_captured(event(handle));
        bool done = ask(asked->last);
        check_works(asked->context);
        if (!done) {
            answer(NOT_READY);
        }
    });
}

EXPORTED CUresult cuEventSynchronize(CUevent handle) {
    CALL(CONTEXT) {
        Event *awaited = not_captured(event(handle));
        wait_for({awaited->last});
        check_works(awaited->context);
    });
}

EXPORTED CUresult cuEventElapsedTime(float *out, CUevent from, CUevent to) {
    CALL(CONTEXT) {
        Event *first = not_captured(event(from));
        Event *second = not_captured(event(to));
        if (first->context != second->context) {
            refuse(INVALID_HANDLE, "the events belong to different contexts");
        }
        if (((first->flags | second->flags) & EVENT_DISABLE_TIMING) != 0) {
            refuse(INVALID_HANDLE, "an event does not take the time");
        }
        if (first->last == nullptr || second->last == nullptr) {
            refuse(INVALID_HANDLE, "an event was never recorded");
        }
        if (!first->last->done || !second->last->done) {
            answer(NOT_READY);
        }
        *given(out) = static_cast<float>((second->last->nanos - first->last->nanos) / 1e6);
    });
}
