// Begin. The last script: by now all the others, and the document, are there.
"use strict";
globalThis.gatewise.start();
