/** Says what happens. */
export function say(text) {
  console.log(`· ${text}`);
}
