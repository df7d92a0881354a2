import { FAILURE_DETECTOR, LOAD, STORAGE_SERVICE } from './storage-service.ts';

/** Name of the agent's policy file within the configuration folder. */
export const JOLOKIA_ACCESS_FILE = 'jolokia-access.xml';

/**
 * What the Jolokia agent answers: the questions of this folder and nothing else. Without it every MBean of the JVM is open to
 * whoever reaches the port. An operation that the pilot learns to call has to be added here.
 */
export const JOLOKIA_ACCESS_XML = `<restrict>
  <remote>
    <host>127.0.0.1</host>
  </remote>
  <commands/>
  <allow>
    <mbean>
      <name>${STORAGE_SERVICE}</name>
      <attribute mode="read">*</attribute>
      <operation>drain</operation>
    </mbean>
    <mbean>
      <name>${LOAD}</name>
      <attribute mode="read">Count</attribute>
    </mbean>
    <mbean>
      <name>${FAILURE_DETECTOR}</name>
      <attribute mode="read">AllEndpointStates</attribute>
    </mbean>
  </allow>
</restrict>
`;
