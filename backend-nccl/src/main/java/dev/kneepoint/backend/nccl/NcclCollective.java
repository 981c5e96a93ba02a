package dev.kneepoint.backend.nccl;

import dev.kneepoint.backend.cuda.CudaHost;
import dev.kneepoint.backend.engine.DeviceKernels.At;
import dev.kneepoint.backend.engine.RankGroup.Call;
import dev.kneepoint.spi.ReductionOp;

/**
 * A plan's collectives as calls of NCCL. Where parts are not equally long NCCL has no call for all of them at once: then each
 * part is a call of its own, in one group.
 */
final class NcclCollective {
    private final NcclComm comm;
    private final NcclLibrary library;
    private final int ranks;
    private final int place;

    NcclCollective(NcclComm comm, NcclLibrary library) {
        this.comm = comm;
        this.library = library;
        this.ranks = comm.size();
        this.place = comm.rank();
    }

    /** What an array holds. */
    static NcclType type(At array) {
        return switch (array.buffer().type()) {
            case FP32 -> NcclType.FLOAT32;
            case FP16 -> NcclType.FLOAT16;
            case BF16 -> NcclType.BFLOAT16;
            case E4M3 -> NcclType.FLOAT8_E4M3;
            case INT32 -> NcclType.INT32;
            case FP64 -> NcclType.FLOAT64;
            case E5M2 -> NcclType.FLOAT8_E5M2;
            case INT8 -> NcclType.INT8;
            case UINT8 -> NcclType.UINT8;
            case UINT32 -> NcclType.UINT32;
            case INT64 -> NcclType.INT64;
            case UINT64 -> NcclType.UINT64;
        };
    }

    private static NcclOp op(ReductionOp op) {
        return switch (op) {
            case SUM -> NcclOp.SUM;
            case PROD -> NcclOp.PROD;
            case MIN -> NcclOp.MIN;
            case MAX -> NcclOp.MAX;
            case AVG -> NcclOp.AVG;
        };
    }

    private long partAt(long length, int part) {
        return Math.multiplyExact(length, part) / ranks;
    }

    /** Puts a collective on a stream. */
    void enqueue(Call call, long stream) {
        long in = CudaHost.address(call.in());
        long out = CudaHost.address(call.out());
        NcclType type = type(call.in());
        NcclOp op = op(call.op());
        long length = call.length();
        boolean even = length % ranks == 0;
        switch (call.kind()) {
            case ALL_REDUCE -> comm.allReduce(in, out, length, type, op, stream);
            case BROADCAST -> comm.broadcast(in, out, length, type, 0, stream);
            case ALL_GATHER -> {
                if (even) {
                    comm.allGather(in, out, length / ranks, type, stream);
                } else {
                    gatherParts(in, out, length, type, stream);
                }
            }
            case REDUCE_SCATTER -> {
                if (even) {
                    comm.reduceScatter(in, out, length / ranks, type, op, stream);
                } else {
                    reduceParts(in, out, length, type, op, stream);
                }
            }
            case ALL_TO_ALL -> exchangeParts(in, out, length, type, stream);
        }
    }

    private void gatherParts(long in, long out, long length, NcclType type, long stream) {
        try (NcclGroup group = library.group()) {
            for (int p = 0; p < ranks; p++) {
                long count = partAt(length, p + 1) - partAt(length, p);
                long at = out + type.bytes() * partAt(length, p);
                if (count > 0) {
                    comm.broadcast(p == place ? in : at, at, count, type, p, stream);
                }
            }
        }
    }

    private void reduceParts(long in, long out, long length, NcclType type, NcclOp op, long stream) {
        try (NcclGroup group = library.group()) {
            for (int p = 0; p < ranks; p++) {
                long count = partAt(length, p + 1) - partAt(length, p);
                if (count > 0) {
                    // What a rank does not get goes nowhere.
                    long to = p == place ? out : 0;
                    comm.reduce(in + type.bytes() * partAt(length, p), to, count, type, op, p, stream);
                }
            }
        }
    }

    private void exchangeParts(long in, long out, long length, NcclType type, long stream) {
        long mine = partAt(length, place + 1) - partAt(length, place);
        try (NcclGroup group = library.group()) {
            for (int p = 0; p < ranks; p++) {
                long count = partAt(length, p + 1) - partAt(length, p);
                if (count > 0) {
                    comm.send(in + type.bytes() * partAt(length, p), count, type, p, stream);
                }
                if (mine > 0) {
                    comm.recv(out + type.bytes() * mine * p, mine, type, p, stream);
                }
            }
        }
    }
}
