/** What the page does once a browser has it. It fetches nothing. */
import { FindingTable } from './finding-table.ts';
import { applyKeptTheme, offerThemes } from './theme.ts';

document.documentElement.classList.add('js');
applyKeptTheme();
document.addEventListener('DOMContentLoaded', () => {
  offerThemes();
  // A scan without findings has no table.
  if (document.getElementById('rows') !== null) new FindingTable().start();
});
