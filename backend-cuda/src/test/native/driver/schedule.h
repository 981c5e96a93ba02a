#pragma once

#include "driver.h"

// Puts work on a stream, or into the graph that the stream is captured into.
CommandRef enqueue(Stream *stream, Work work);
CommandRef make(Context *context, const Work &work);
void depend(const CommandRef &command, const CommandRef &before);
void order_in_stream(Stream *stream, const CommandRef &command);
void submit(const CommandRef &command);

// Runs what these need and returns when they are done.
void wait_for(const std::vector<CommandRef> &commands);
void wait_for_context(Context *context);
// Whether it is done, after some other command has run.
bool ask(const CommandRef &command);
void run_everything();
// Runs what commands that are tried until they are done need, as far as that goes without waiting.
void advance();
void drop_everything(State &dropped);

// Of captures.
void add_node(Stream *stream, const Work &work);
void no_capture(Stream *stream);
// For what no capture may go on beside.
void unsafe_in_capture();
