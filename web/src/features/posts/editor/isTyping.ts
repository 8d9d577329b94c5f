/** Whether a text field has the focus. A dialog that opens then, or a moved focus, would get the next keys. */
export const isTyping = (): boolean =>
  document.activeElement?.matches('textarea, [contenteditable="true"], input:not([type="checkbox"], [type="radio"])') ?? false
