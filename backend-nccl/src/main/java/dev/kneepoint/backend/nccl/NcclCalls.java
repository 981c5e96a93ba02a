package dev.kneepoint.backend.nccl;

import dev.kneepoint.backend.cuda.library.NativeLibrary;
import dev.kneepoint.backend.nccl.bindings.nccl_subset_h;
import java.lang.foreign.AddressLayout;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/**
 * What is called again and again, by the types of the generated bindings but with addresses as numbers, so that no call makes
 * an object. To be touched only once the library is loaded. They may wait for other threads of NCCL and so are ordinary
 * calls, never critical ones.
 */
final class NcclCalls {
    private static final MethodHandle ASYNC_ERROR =
            bind(nccl_subset_h.ncclCommGetAsyncError$address(), nccl_subset_h.ncclCommGetAsyncError$descriptor());
    private static final MethodHandle ALL_REDUCE =
            bind(nccl_subset_h.ncclAllReduce$address(), nccl_subset_h.ncclAllReduce$descriptor());
    private static final MethodHandle REDUCE =
            bind(nccl_subset_h.ncclReduce$address(), nccl_subset_h.ncclReduce$descriptor());
    private static final MethodHandle BROADCAST =
            bind(nccl_subset_h.ncclBroadcast$address(), nccl_subset_h.ncclBroadcast$descriptor());
    private static final MethodHandle ALL_GATHER =
            bind(nccl_subset_h.ncclAllGather$address(), nccl_subset_h.ncclAllGather$descriptor());
    private static final MethodHandle REDUCE_SCATTER =
            bind(nccl_subset_h.ncclReduceScatter$address(), nccl_subset_h.ncclReduceScatter$descriptor());
    private static final MethodHandle SEND =
            bind(nccl_subset_h.ncclSend$address(), nccl_subset_h.ncclSend$descriptor());
    private static final MethodHandle RECV =
            bind(nccl_subset_h.ncclRecv$address(), nccl_subset_h.ncclRecv$descriptor());

    private NcclCalls() {}

    private static MethodHandle bind(MemorySegment function, FunctionDescriptor generated) {
        MemoryLayout[] parameters = generated.argumentLayouts().stream()
                .map(layout -> layout instanceof AddressLayout ? ValueLayout.JAVA_LONG : layout)
                .toArray(MemoryLayout[]::new);
        return Linker.nativeLinker().downcallHandle(function, FunctionDescriptor.of(ValueLayout.JAVA_INT, parameters));
    }

    /** Writes the result of what is under way to where {@code result} points. */
    static int asyncError(long comm, long result) {
        try {
            return (int) ASYNC_ERROR.invokeExact(comm, result);
        } catch (Throwable e) {
            throw NativeLibrary.wrongSignature(e);
        }
    }

    static int allReduce(CommHandle on, long send, long receive, long count, int type, int op, long stream) {
        long comm = on.enter("ncclAllReduce");
        try {
            return (int) ALL_REDUCE.invokeExact(send, receive, count, type, op, comm, stream);
        } catch (Throwable e) {
            throw NativeLibrary.wrongSignature(e);
        } finally {
            on.release();
        }
    }

    static int reduce(CommHandle on, long send, long receive, long count, int type, int op, int root, long stream) {
        long comm = on.enter("ncclReduce");
        try {
            return (int) REDUCE.invokeExact(send, receive, count, type, op, root, comm, stream);
        } catch (Throwable e) {
            throw NativeLibrary.wrongSignature(e);
        } finally {
            on.release();
        }
    }

    static int broadcast(CommHandle on, long send, long receive, long count, int type, int root, long stream) {
        long comm = on.enter("ncclBroadcast");
        try {
            return (int) BROADCAST.invokeExact(send, receive, count, type, root, comm, stream);
        } catch (Throwable e) {
            throw NativeLibrary.wrongSignature(e);
        } finally {
            on.release();
        }
    }

    static int allGather(CommHandle on, long send, long receive, long count, int type, long stream) {
        long comm = on.enter("ncclAllGather");
        try {
            return (int) ALL_GATHER.invokeExact(send, receive, count, type, comm, stream);
        } catch (Throwable e) {
            throw NativeLibrary.wrongSignature(e);
        } finally {
            on.release();
        }
    }

    static int reduceScatter(CommHandle on, long send, long receive, long count, int type, int op, long stream) {
        long comm = on.enter("ncclReduceScatter");
        try {
            return (int) REDUCE_SCATTER.invokeExact(send, receive, count, type, op, comm, stream);
        } catch (Throwable e) {
            throw NativeLibrary.wrongSignature(e);
        } finally {
            on.release();
        }
    }

    static int send(CommHandle on, long from, long count, int type, int peer, long stream) {
        long comm = on.enter("ncclSend");
        try {
            return (int) SEND.invokeExact(from, count, type, peer, comm, stream);
        } catch (Throwable e) {
            throw NativeLibrary.wrongSignature(e);
        } finally {
            on.release();
        }
    }

    static int recv(CommHandle on, long to, long count, int type, int peer, long stream) {
        long comm = on.enter("ncclRecv");
        try {
            return (int) RECV.invokeExact(to, count, type, peer, comm, stream);
        } catch (Throwable e) {
            throw NativeLibrary.wrongSignature(e);
        } finally {
            on.release();
        }
    }
}
