// LZ4 frames (https://github.com/lz4/lz4/blob/dev/doc/lz4_Frame_format.md), as Arrow packs its buffers. Checksums are not checked.

const MAGIC = 0x184d2204;

/** The content of a frame. Blocks may refer to those before them. */
export function unframed(input) {
  const view = new DataView(input.buffer, input.byteOffset, input.byteLength);
  if (input.byteLength < 7 || view.getUint32(0, true) !== MAGIC) throw new Error("no LZ4 frame");
  const flags = input[4];
  const hasBlockChecksum = (flags & 0x10) !== 0;
  const hasSize = (flags & 0x08) !== 0;
  let at = 6 + (hasSize ? 8 : 0) + (flags & 0x01 ? 4 : 0) + 1;
  const output = new Bytes(hasSize ? Number(view.getBigUint64(6, true)) : input.byteLength * 4);
  for (;;) {
    const head = view.getUint32(at, true);
    at += 4;
    if (head === 0) return output.taken();
    const length = head & 0x7fffffff;
    const block = input.subarray(at, at + length);
    if (block.length !== length) throw new Error("an LZ4 block is cut off");
    if (head >>> 31) output.append(block);
    else unpack(block, output);
    at += length + (hasBlockChecksum ? 4 : 0);
  }
}

function unpack(input, output) {
  let at = 0;
  const extended = (n) => {
    let byte = n === 15 ? 255 : 0;
    while (byte === 255) {
      byte = input[at++];
      n += byte;
    }
    return n;
  };
  while (at < input.length) {
    const token = input[at++];
    const nLiterals = extended(token >> 4);
    output.append(input.subarray(at, at + nLiterals));
    at += nLiterals;
    if (at >= input.length) return;
    const offset = input[at] | (input[at + 1] << 8);
    at += 2;
    output.repeat(offset, extended(token & 15) + 4);
  }
}

class Bytes {
  constructor(expected) {
    this.bytes = new Uint8Array(Math.min(Math.max(expected, 64), 2 ** 28));
    this.length = 0;
  }

  grow(by) {
    if (this.length + by <= this.bytes.length) return;
    const larger = new Uint8Array(Math.max(this.bytes.length * 2, this.length + by));
    larger.set(this.bytes.subarray(0, this.length));
    this.bytes = larger;
  }

  append(part) {
    this.grow(part.length);
    this.bytes.set(part, this.length);
    this.length += part.length;
  }

  repeat(offset, n) {
    if (!(offset > 0 && offset <= this.length) || !(n >= 4)) throw new Error("an LZ4 block refers to what is not there");
    this.grow(n);
    for (let i = 0; i < n; i++, this.length++) this.bytes[this.length] = this.bytes[this.length - offset];
  }

  taken() {
    return this.bytes.subarray(0, this.length);
  }
}
