import { EditorState } from '@codemirror/state'

/** CodeMirror's labels, worded like those of the dashboard. */
export const phrases = EditorState.phrases.of({
  next: 'Next',
  previous: 'Previous',
  all: 'Select all',
  'match case': 'Match case',
  regexp: 'Regular expression',
  'by word': 'Whole words',
  replace: 'Replace',
  'replace all': 'Replace all',
  Replace: 'Replace with',
  close: 'Close find and replace',
  'Go to line': 'Go to line',
  go: 'Go',
})
