package dev.kneepoint.backend.engine;

/** A buffer of a device, of elements of four bytes. Equal to another handle of the same buffer. */
public interface DeviceBuffer {}
