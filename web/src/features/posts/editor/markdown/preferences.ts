/** Settings of the Markdown editor, stored in this browser. */
type Preference = 'focus' | 'plainText'

const keyOf = (name: Preference) => `wiredesk-editor-${name}`

/** False where the browser stores nothing. */
export function readPreference(name: Preference): boolean {
  try {
    return localStorage.getItem(keyOf(name)) === 'on'
  } catch {
    return false
  }
}

export function writePreference(name: Preference, isOn: boolean): void {
  try {
    if (isOn) localStorage.setItem(keyOf(name), 'on')
    else localStorage.removeItem(keyOf(name))
  } catch {
    // The setting is then lost with the page.
  }
}
