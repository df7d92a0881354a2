import { NavigatorError } from '@navigator/api-types';

/** `CassandraImageUnfit`: the image holds no configuration where an official one has it. */
export class CassandraImageError extends NavigatorError {
  constructor(message: string, cause?: unknown) {
    super('CassandraImageUnfit', message, { cause });
  }
}

/** `JmxUnavailable`: nobody listens where the agent in the JVM should. Normal while the JVM starts or stops. */
export class JmxUnavailableError extends NavigatorError {
  constructor(message: string, cause?: unknown) {
    super('JmxUnavailable', message, { retryable: true, cause });
  }
}

/** `JmxAnswerUnknown`: somebody listens, and what came was cut off or no JMX. It says nothing about the node. */
export class JmxAnswerError extends NavigatorError {
  constructor(message: string, cause?: unknown) {
    super('JmxAnswerUnknown', message, { retryable: true, cause });
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
