import { NavigatorError } from '@navigator/api-types';

/** `CassandraImageUnfit`: the image holds no configuration where an official one has it. */
export class CassandraImageError extends NavigatorError {
  constructor(message: string, cause?: unknown) {
    super('CassandraImageUnfit', message, { cause });
  }
}

/** `JmxUnavailable`: the agent in the JVM does not answer, or not with JMX. Normal while the JVM starts or stops. */
export class JmxUnavailableError extends NavigatorError {
  constructor(message: string, cause?: unknown) {
    super('JmxUnavailable', message, { retryable: true, cause });
  }
}

/** `JmxCallFailed`: the MBean was reached and its operation threw. */
export class JmxCallError extends NavigatorError {
  constructor(message: string) {
    super('JmxCallFailed', message, { retryable: true });
  }
}

/** `SeedsUnresolved`: a seed vanished between the gate and the start; the gate is asked again. */
export class SeedsUnresolvedError extends NavigatorError {
  constructor(message: string) {
    super('SeedsUnresolved', message, { retryable: true });
  }
}

/** `VolumeMarkerInvalid`: the record on the volume cannot be read, so nothing is known about the data beside it. */
export class VolumeMarkerError extends NavigatorError {
  constructor(message: string, cause?: unknown) {
    super('VolumeMarkerInvalid', message, { cause });
  }
}
