// Streams that are captured into graphs, and graphs that are launched.
#include <algorithm>
#include <set>

#include "schedule.h"

namespace {

enum Mode { GLOBAL = 0, THREAD_LOCAL = 1, RELAXED = 2 };

enum Status { NOT_CAPTURED = 0, ACTIVE = 1, INVALIDATED = 2 };

void end(const std::shared_ptr<Capture> &capture) {
    for (Stream *stream : capture->streams) {
        stream->capture.reset();
        stream->frontier.clear();
    }
    for (const auto &entry : state->objects) {
        Event *event = dynamic_cast<Event *>(entry.second.get());
        if (event != nullptr && event->capture == capture) {
            event->capture.reset();
        }
    }
    auto &all = state->captures;
    all.erase(std::find(all.begin(), all.end(), capture));
}

// Every node of a capture has to come before what its first stream ends with.
bool joined(const Capture &capture) {
    std::set<size_t> seen;
    std::vector<size_t> open = capture.origin->frontier;
    while (!open.empty()) {
        size_t node = open.back();
        open.pop_back();
        if (seen.insert(node).second) {
            const std::vector<size_t> &after = capture.graph->nodes[node].after;
            open.insert(open.end(), after.begin(), after.end());
        }
    }
    for (const Stream *stream : capture.streams) {
        for (size_t node : stream->frontier) {
            if (seen.count(node) == 0) {
                return false;
            }
        }
    }
    return true;
}

// What its nodes would run goes with it.
template <typename G>
void bury(G *graph) {
    graph->alive = false;
    graph->nodes.clear();
}

void begin(Stream *stream, int mode) {
    if (stream == stream->context->null_stream) {
        refuse(STREAM_CAPTURE_IMPLICIT, "the null stream cannot be captured");
    }
    if (mode < GLOBAL || mode > RELAXED) {
        answer(INVALID_VALUE);
    }
    if (stream->capture != nullptr) {
        refuse(ILLEGAL_STATE, text("stream %p is being captured already", stream->handle));
    }
    auto capture = std::make_shared<Capture>();
    capture->graph = create<Graph>(stream->context);
    capture->graph->internal = true;
    capture->origin = stream;
    capture->mode = mode;
    capture->thread = std::this_thread::get_id();
    capture->streams.insert(stream);
    stream->capture = capture;
    stream->frontier.clear();
    state->captures.push_back(capture);
}

CUgraph finish(Stream *stream) {
    std::shared_ptr<Capture> capture = stream->capture;
    if (capture == nullptr) {
        refuse(ILLEGAL_STATE, text("stream %p is not being captured", stream->handle));
    }
    if (capture->origin != stream) {
        refuse(STREAM_CAPTURE_UNMATCHED, "the capture began on another stream");
    }
    if (capture->mode != RELAXED && capture->thread != std::this_thread::get_id()) {
        refuse(STREAM_CAPTURE_WRONG_THREAD, "the capture began on another thread");
    }
    bool whole = joined(*capture);
    end(capture);
    if (capture->broken) {
        bury(capture->graph);
        answer(STREAM_CAPTURE_INVALIDATED);
    }
    if (!whole) {
        bury(capture->graph);
        refuse(STREAM_CAPTURE_UNJOINED, "a stream that joined the capture was not waited for");
    }
    capture->graph->internal = false;
    return capture->graph->handle;
}

CUgraphExec instantiate(Graph *graph) {
    GraphExec *exec = create<GraphExec>(current());
    exec->nodes = graph->nodes;
    return exec->handle;
}

// Between two commands of the stream, between which the nodes run in the order of the graph.
void launch(GraphExec *exec, Stream *stream) {
    CommandRef first = enqueue(stream, {"cuGraphLaunch"});
    CommandRef last = make(stream->context, {"cuGraphLaunch"});
    depend(last, first);
    std::vector<CommandRef> commands;
    for (const Node &node : exec->nodes) {
        CommandRef command = make(stream->context, node.work);
        depend(command, first);
        depend(command, exec->last);
        for (size_t before : node.after) {
            depend(command, commands[before]);
        }
        depend(last, command);
        submit(command);
        commands.push_back(command);
    }
    submit(last);
    stream->last = last;
    exec->last = last;
}

}  // namespace

void add_node(Stream *stream, const Work &work) {
    Capture &capture = *stream->capture;
    if (capture.broken) {
        answer(STREAM_CAPTURE_INVALIDATED);
    }
    capture.graph->nodes.push_back({work, stream->frontier});
    stream->frontier = {capture.graph->nodes.size() - 1};
}

// The null stream and a stream that heeds it wait for each other, which a capture cannot.
void no_capture(Stream *stream) {
    if (stream != stream->context->null_stream) {
        return;
    }
    for (const auto &capture : state->captures) {
        bool heeds = std::any_of(capture->streams.begin(), capture->streams.end(), [=](const Stream *s) {
            return s->context == stream->context && s->blocking();
        });
        if (heeds) {
            capture->broken = true;
            refuse(STREAM_CAPTURE_IMPLICIT, "the null stream is used while a stream that heeds it is being captured");
        }
    }
}

// What a context that has failed was capturing is in nobody's way.
void unsafe_in_capture() {
    for (const auto &capture : state->captures) {
        if (capture->origin->context->failed != 0) {
            continue;
        }
        bool mine = capture->thread == std::this_thread::get_id();
        if (capture->mode == GLOBAL || (capture->mode == THREAD_LOCAL && mine)) {
            capture->broken = true;
            refuse(STREAM_CAPTURE_UNSUPPORTED, "not while a stream is being captured");
        }
    }
}

EXPORTED CUresult cuStreamBeginCapture_v2(CUstream handle, int mode) {
    CALL(CONTEXT) { begin(own_stream(handle), mode); });
}

EXPORTED CUresult cuStreamEndCapture(CUstream handle, CUgraph *out) {
    CALL(CONTEXT) {
        *given(out) = nullptr;
        *out = finish(own_stream(handle));
    });
}

EXPORTED CUresult cuStreamIsCapturing(CUstream handle, int *out) {
    CALL(CONTEXT) {
        std::shared_ptr<Capture> capture = stream(handle)->capture;
        *given(out) = capture == nullptr ? NOT_CAPTURED : capture->broken ? INVALIDATED : ACTIVE;
    });
}

EXPORTED CUresult cuGraphInstantiateWithFlags(CUgraphExec *out, CUgraph graph, unsigned long long) {
    CALL(CONTEXT) { *given(out) = instantiate(find<Graph>(graph)); });
}

EXPORTED CUresult cuGraphLaunch(CUgraphExec exec, CUstream handle) {
    CALL(CONTEXT) {
        Stream *on = own_stream(handle);
        if (on->capture != nullptr) {
            on->capture->broken = true;
            refuse(NOT_SUPPORTED, "graphs within graphs are not modelled");
        }
        launch(find<GraphExec>(exec), on);
    });
}

EXPORTED CUresult cuGraphUpload(CUgraphExec exec, CUstream handle) {
    CALL(CONTEXT) {
        find<GraphExec>(exec);
        own_stream(handle);
    });
}

EXPORTED CUresult cuGraphDestroy(CUgraph graph) {
    CALL(CONTEXT) { bury(find<Graph>(graph)); });
}

// Launches that have begun go on.
EXPORTED CUresult cuGraphExecDestroy(CUgraphExec exec) {
    CALL(CONTEXT) { bury(find<GraphExec>(exec)); });
}

// Nodes have no handles here; how many there are is known.
EXPORTED CUresult cuGraphGetNodes(CUgraph graph, CUgraphNode *nodes, size_t *count) {
    CALL(CONTEXT) {
        if (nodes != nullptr) {
            refuse(NOT_SUPPORTED, "nodes of graphs have no handles");
        }
        *given(count) = find<Graph>(graph)->nodes.size();
    });
}
