/** Whether keys go into a text at the moment: a dialog or a focus that nobody asked for would take them. */
export const isWriting = (): boolean =>
  document.activeElement?.matches('textarea, [contenteditable="true"], input:not([type="checkbox"], [type="radio"])') ?? false
