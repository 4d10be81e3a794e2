/** Stops a plain `npm install`, which would seem to succeed and install half of the workspace. */
if (!/^pnpm\//.test(process.env.npm_config_user_agent ?? '')) {
  console.error('\nThis workspace is installed with pnpm. Run:  npm run setup\n');
  process.exit(1);
}
