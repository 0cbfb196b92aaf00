// What the site uses of SortableJS.
export interface SortableEvent {
  item: HTMLElement;
  oldIndex?: number;
  newIndex?: number;
}
export interface Options {
  animation?: number;
  delay?: number;
  delayOnTouchOnly?: boolean;
  forceFallback?: boolean;
  fallbackTolerance?: number;
  filter?: string;
  preventOnFilter?: boolean;
  ghostClass?: string;
  dragClass?: string;
  scrollSensitivity?: number;
  onEnd?: (event: SortableEvent) => void;
}
export default class Sortable {
  static create(element: HTMLElement, options?: Options): Sortable;
  destroy(): void;
}
