/** What a benchmark is to us: its controls, each with the rules that decide it. Own words, never the benchmark's text. */
export interface Framework {
  /** Name and version: benchmarks renumber, so a control's number means nothing without it. */
  readonly id: string;
  readonly title: string;
  readonly controls: readonly Control[];
}

export interface Control {
  readonly id: string;
  readonly title: string;
  readonly rules: readonly ControlRule[];
}

interface ControlRule {
  readonly id: string;
  /** Whether the rule, with its default parameters, decides the control or only a part of it. */
  readonly covers: 'whole' | 'part';
}
