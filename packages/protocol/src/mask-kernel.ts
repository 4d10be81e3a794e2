/**
 * Masking by WebAssembly, sixty-four bytes at a time, for bytes that lie in one memory of its own.
 *
 * The kernel only reaches that memory, so it is of use to those who read into it: five times as fast as words of 32 bits
 * where the bytes lie there, and no faster where they would have to be copied there and back
 * (docs/decisions/0052). It is put together here, instruction by instruction, so that there is no binary to trust.
 * Where WebAssembly or its 128-bit instructions are missing, where the memory cannot be had, or where the kernel's
 * result is not what it should be, there is no kernel, and `applyMask` goes by words.
 *
 * Source: WebAssembly Core Specification 2.0, chapter 5 (binary format).
 * @module
 */

/** Ours: 31 buffers of half a MiB. Pages that nobody has written to take no memory. */
const MEMORY_BYTES = 16 * 1024 * 1024;

/** WebAssembly counts memory in pages of this size. */
const PAGE_BYTES = 64 * 1024;

/** Masks `length` bytes from offset `at` of the memory on. @returns the key rotated for the byte that follows. */
export type MaskKernel = (at: number, length: number, key: number) => number;

/** A kernel and the memory in which it masks. */
export interface MaskMemory {
  readonly buffer: ArrayBuffer;
  readonly mask: MaskKernel;
}

/** The memory of this process, once {@link maskMemory} was called. `null`: it was, and there is none. */
let memory: MaskMemory | null | undefined;

/** What `memory` is now, without making it. */
export function maskMemoryIfMade(): MaskMemory | null | undefined {
  return memory;
}

/**
 * Memory in which `applyMask` is fastest, for read buffers; the same one at each call, made by the first.
 * It is never grown, so views of it stay valid.
 * @returns `undefined` where this machine has none.
 */
export function maskMemory(): ArrayBuffer | undefined {
  memory ??= makeMaskMemory(MEMORY_BYTES) ?? null;
  return memory?.buffer;
}

/** @internal Makes a kernel and its memory; `undefined` where that fails, or does not give what it should. */
export function makeMaskMemory(bytes: number, code: Uint8Array = maskModule()): MaskMemory | undefined {
  try {
    const pages = Math.ceil(bytes / PAGE_BYTES);
    const { Instance, Memory, Module } = engine();
    const own = new Memory({ initial: pages, maximum: pages });
    const mask = new Instance(new Module(code), { '': { m: own } }).exports.f as MaskKernel;
    return isRight(mask, new Uint8Array(own.buffer)) ? { buffer: own.buffer, mask } : undefined;
  } catch {
    return undefined;
  }
}

/** Tries every path through the kernel, and whether it leaves the bytes around alone; leaves zeros behind. */
function isRight(mask: MaskKernel, bytes: Uint8Array): boolean {
  const key = [0x12, 0x34, 0x56, 0x87];
  for (const length of [0, 1, 3, 4, 63, 64, 65, 130, 1027]) {
    const at = 1 + (length % 19);
    const all = at + length + 64;
    for (let i = 0; i < all; i += 1) bytes[i] = i;
    const rotated = mask(at, length, 0x87563412 | 0);
    for (let i = 0; i < all; i += 1) {
      const isMasked = i >= at && i < at + length;
      if (bytes[i] !== ((i & 0xff) ^ (isMasked ? key[(i - at) & 3]! : 0))) return false;
    }
    for (let i = 0; i < 4; i += 1) {
      if (((rotated >>> (8 * i)) & 0xff) !== key[(length + i) & 3]) return false;
    }
    bytes.fill(0, 0, all);
  }
  return true;
}

/** The instructions that are used, by their names in the text format. */
const block = 0x02;
const loop = 0x03;
const end = 0x0b;
const br = 0x0c;
const brIf = 0x0d;
const localGet = 0x20;
const localSet = 0x21;
const i32Load8U = [0x2d, 0, 0];
const i32Store8 = [0x3a, 0, 0];
const i32Const = 0x41;
const i32GeU = 0x4f;
const i32Add = 0x6a;
const i32And = 0x71;
const i32Xor = 0x73;
const i32Rotr = 0x78;
const i32x4Splat = [0xfd, 0x11];
const v128Xor = [0xfd, 0x51];
const v128Load = (offset: number) => [0xfd, 0x00, 0, offset];
const v128Store = (offset: number) => [0xfd, 0x0b, 0, offset];

const noResult = 0x40;
const i32 = 0x7f;
const v128 = 0x7b;

/** @internal The module: imports a memory as `m`, exports the kernel as `f`. */
export function maskModule(): Uint8Array<ArrayBuffer> {
  const [at, length, key, stop, keys] = [0, 1, 2, 3, 4];
  const xor16 = (offset: number) =>
    [localGet, at, localGet, at, v128Load(offset), localGet, keys, v128Xor, v128Store(offset)].flat();
  const body = [
    ...[2, 1, i32, 1, v128], // locals: stop, keys
    ...[localGet, key, ...i32x4Splat, localSet, keys],
    // Sixty-four bytes at a time, up to `stop`
    ...[localGet, at, localGet, length, i32Const, 0x40, i32And, i32Add, localSet, stop],
    ...[block, noResult, loop, noResult],
    ...[localGet, at, localGet, stop, i32GeU, brIf, 1],
    ...[0, 16, 32, 48].flatMap(xor16),
    ...[localGet, at, i32Const, 0xc0, 0, i32Add, localSet, at],
    ...[br, 0, end, end],
    // and the rest byte by byte, while the key turns
    ...[localGet, stop, localGet, length, i32Const, 0x3f, i32And, i32Add, localSet, stop],
    ...[block, noResult, loop, noResult],
    ...[localGet, at, localGet, stop, i32GeU, brIf, 1],
    ...[localGet, at, localGet, at, ...i32Load8U, localGet, key, i32Xor, ...i32Store8],
    ...[localGet, key, i32Const, 8, i32Rotr, localSet, key],
    ...[localGet, at, i32Const, 1, i32Add, localSet, at],
    ...[br, 0, end, end],
    ...[localGet, key, end],
  ];
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0], // "\0asm", version 1
    ...section(1, [1, 0x60, 3, i32, i32, i32, 1, i32]), // one type: (i32, i32, i32) -> i32
    ...section(2, [1, 0, 1, 0x6d, 2, 0, 1]), // import "" "m": a memory of one page or more
    ...section(3, [1, 0]), // one function, of that type
    ...section(7, [1, 1, 0x66, 0, 0]), // export "f"
    ...section(10, [1, ...sized(body)]),
  ]);
}

function section(id: number, content: readonly number[]): number[] {
  return [id, ...sized(content)];
}

/** Puts the length before the content, as an unsigned LEB128 of two bytes at most. */
function sized(content: readonly number[]): number[] {
  const { length } = content;
  return length < 0x80 ? [length, ...content] : [(length & 0x7f) | 0x80, length >>> 7, ...content];
}

/** The part of the `WebAssembly` global that is used; Node's types leave it to the DOM's. Absent with `--jitless`. */
interface Engine {
  readonly Memory: new (size: { initial: number; maximum: number }) => { readonly buffer: ArrayBuffer };
  readonly Module: new (code: Uint8Array) => object;
  readonly Instance: new (
    module: object,
    imports: Record<string, Record<string, unknown>>,
  ) => { readonly exports: Record<string, unknown> };
}

function engine(): Engine {
  return (globalThis as unknown as { WebAssembly: Engine }).WebAssembly;
}
