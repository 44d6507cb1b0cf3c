// What Node 18 and 20 lack of the language's library, for functions that are deployed on those runtimes.
/* oxlint-disable import/no-unassigned-import -- each adds one function to the language's own objects */
import 'core-js/actual/array/to-sorted.js';
import 'core-js/actual/array/find-last.js';
import 'core-js/actual/map/group-by.js';
import 'core-js/actual/promise/with-resolvers.js';
import 'core-js/actual/symbol/dispose.js';
