/** Keeps a long walk small: every page leaves megabytes of parsed answer behind, and V8 lets them pile up while it may. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/**
 * Resources after which the garbage of their pages is collected. With 100,000 of them the peak falls by a quarter, for a
 * tenth more time; a smaller estate never gets there.
 */
const EVERY = 3000;

/** Takes how many resources a page had; now and then collects what earlier pages left. */
export function garbageKeeper(collect: () => void = fullCollection()): (resources: number) => void {
  let since = 0;
  return (resources) => {
    since += resources;
    if (since < EVERY) return;
    since = 0;
    collect();
  };
}

/** V8's collector, which Node hands out only where a flag asks for it before a context is made. */
function fullCollection(): () => void {
  let collect: (() => void) | undefined;
  return () => {
    if (collect === undefined) {
      setFlagsFromString('--expose-gc');
      collect = runInNewContext('gc') as () => void;
    }
    collect();
  };
}
