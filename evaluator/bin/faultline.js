#!/usr/bin/env -S node --conditions=source
import "../src/cli/main.ts";
