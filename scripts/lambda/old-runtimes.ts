// What Node 18 and 20 lack of the language's library, for functions that are deployed on those runtimes.
/* oxlint-disable import/no-unassigned-import -- each adds one function to the language's own objects */
import 'core-js/actual/array/to-sorted.js';
import 'core-js/actual/array/find-last.js';
import 'core-js/actual/array/to-reversed.js';
import 'core-js/actual/map/group-by.js';
import 'core-js/actual/string/to-well-formed.js';
import 'core-js/actual/promise/with-resolvers.js';
import crypto from 'node:crypto';

// Node 21.7 and 20.12 brought it.
crypto.hash ??= ((algorithm: string, data: string, encoding: crypto.BinaryToTextEncoding) =>
  crypto.createHash(algorithm).update(data).digest(encoding)) as typeof crypto.hash;
