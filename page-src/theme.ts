/** Light, dark, or as the system has it: chosen at the top of the page, and kept for the next report. */
const KEY = 'compliancectl-theme';

/** Before anything is drawn, so that nothing flashes. */
export function applyKeptTheme(): void {
  apply(keptTheme());
}

export function offerThemes(): void {
  const kept = keptTheme();
  for (const choice of document.querySelectorAll<HTMLInputElement>('[data-theme-choice]')) {
    choice.checked = choice.value === kept;
    choice.addEventListener('change', () => {
      apply(choice.value);
      keep(choice.value);
    });
  }
}

function apply(theme: string): void {
  document.documentElement.dataset['theme'] = theme;
}

function keptTheme(): string {
  try {
    const kept = localStorage.getItem(KEY);
    return kept === 'light' || kept === 'dark' ? kept : 'system';
  } catch {
    // Storage may be forbidden to files.
    return 'system';
  }
}

function keep(theme: string): void {
  try {
    localStorage.setItem(KEY, theme);
  } catch {
    // Then it holds for this page alone.
  }
}
