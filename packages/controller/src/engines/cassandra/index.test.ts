import { cassandraSnapshot } from '../../testing/snapshots.ts';
import { describeEngine } from '../engine.contract.ts';
import { cassandra } from './index.ts';

describeEngine({ engine: cassandra, snapshot: cassandraSnapshot, newerVersion: '5.0.7' });
