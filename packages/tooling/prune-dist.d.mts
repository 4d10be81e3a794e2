/** Types of `prune-dist.mjs`, for its test. */
export function pruneDist(folder: string): string[];
