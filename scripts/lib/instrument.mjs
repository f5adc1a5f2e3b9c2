// A program that tells which of its functions ran: each one says so at its first call. For scripts/profile.mjs only.
import binaryen from "binaryen";
import { functionsNamed } from "./split.mjs";

const { i32, none } = binaryen;

/** The program that calls `imports.profile.ran(nth)`, and the names of its functions by that number. */
export function instrumented(bytes) {
  const module = binaryen.readBinary(bytes);
  const functions = functionsNamed(bytes).filter(({ module: from }) => !from);
  module.addFunctionImport("profile ran", "profile", "ran", i32, none);
  functions.forEach(({ name, results }, nth) => {
    const known = `profile ${nth}`;
    module.addGlobal(known, i32, true, module.i32.const(0));
    const handle = module.getFunction(name);
    const tell = module.if(
      module.i32.eqz(module.global.get(known, i32)),
      module.block(null, [module.global.set(known, module.i32.const(1)), module.call("profile ran", [module.i32.const(nth)], none)]),
    );
    binaryen.Function.setBody(handle, module.block(null, [tell, binaryen.Function.getBody(handle)], results));
  });
  if (!module.validate()) throw new Error("the instrumented program is not valid");
  const result = { bytes: module.emitBinary(), names: functions.map(({ name }) => name) };
  module.dispose();
  return result;
}

/** Its glue: what ran is gathered in `self.__profile`. */
export function glueOfInstrumented(glue) {
  const imports = "const imports = __wbg_get_imports();";
  if (!glue.includes(imports)) throw new Error("has wasm-bindgen changed its output?");
  return glue.replaceAll(imports, `${imports}\n    self.__profile = [];\n    imports.profile = { ran: (nth) => self.__profile.push(nth) };`);
}
