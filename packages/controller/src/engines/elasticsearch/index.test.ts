import { elasticsearchSnapshot } from '../../testing/snapshots.ts';
import { describeEngine } from '../engine.contract.ts';
import { elasticsearch } from './index.ts';

describeEngine({ engine: elasticsearch, snapshot: elasticsearchSnapshot, newerVersion: '8.19.9' });
