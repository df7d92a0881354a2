/** Version of the pilot, reported in each Pilot's status. */
export const PILOT_VERSION = '0.1.0';
