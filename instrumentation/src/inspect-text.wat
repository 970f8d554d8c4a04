;; Source of the bytes in inspect-text.ts; after a change: npx -p wabt wat2wasm inspect-text.wat -o - | base64 -w 0
;;
;; Looks for the first 16 bytes in which something begins that the redaction patterns could match.
;; Literal prefixes are found three bytes at a time, by the low and high halves of each byte (the "Teddy" method of Hyperscan):
;; every prefix has a bit, and a place is suspicious where one bit survives all six tables.
(module
  (memory (export "memory") 7)
  ;; scan(at, end): the first suspicious block of 16 bytes from `at` on, or -1; `at` must be a multiple of 16. In the low bits of the
  ;; answer: 1, something like a prefix or an at sign; 2, at least 7 digits, spaces and dashes, which may be half of a card number
  ;; (13 digits). Memory from 425984 on holds the six tables of 16 bytes. What stands past `end` may be looked at too.
  (func (export "scan") (param $at i32) (param $end i32) (result i32)
    (local $why i32)
    (local $c0 v128) (local $c1 v128) (local $c2 v128)
    (local $l0 v128) (local $h0 v128) (local $l1 v128) (local $h1 v128) (local $l2 v128) (local $h2 v128)
    (local $low v128) (local $m v128) (local $nine v128) (local $zero v128) (local $space v128) (local $dash v128) (local $at_sign v128)
    (local.set $l0 (v128.load offset=425984 (i32.const 0)))
    (local.set $h0 (v128.load offset=426000 (i32.const 0)))
    (local.set $l1 (v128.load offset=426016 (i32.const 0)))
    (local.set $h1 (v128.load offset=426032 (i32.const 0)))
    (local.set $l2 (v128.load offset=426048 (i32.const 0)))
    (local.set $h2 (v128.load offset=426064 (i32.const 0)))
    (local.set $low (v128.const i8x16 15 15 15 15 15 15 15 15 15 15 15 15 15 15 15 15))
    (local.set $nine (v128.const i8x16 9 9 9 9 9 9 9 9 9 9 9 9 9 9 9 9))
    (local.set $zero (v128.const i8x16 48 48 48 48 48 48 48 48 48 48 48 48 48 48 48 48))
    (local.set $space (v128.const i8x16 32 32 32 32 32 32 32 32 32 32 32 32 32 32 32 32))
    (local.set $dash (v128.const i8x16 45 45 45 45 45 45 45 45 45 45 45 45 45 45 45 45))
    (local.set $at_sign (v128.const i8x16 64 64 64 64 64 64 64 64 64 64 64 64 64 64 64 64))
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $at) (local.get $end)))
        (local.set $c0 (v128.load (local.get $at)))
        (local.set $c1 (v128.load offset=1 (local.get $at)))
        (local.set $c2 (v128.load offset=2 (local.get $at)))
        (local.set $m
          (v128.and
            (v128.and
              (v128.and
                (i8x16.swizzle (local.get $l0) (v128.and (local.get $c0) (local.get $low)))
                (i8x16.swizzle (local.get $h0) (i8x16.shr_u (local.get $c0) (i32.const 4))))
              (v128.and
                (i8x16.swizzle (local.get $l1) (v128.and (local.get $c1) (local.get $low)))
                (i8x16.swizzle (local.get $h1) (i8x16.shr_u (local.get $c1) (i32.const 4)))))
            (v128.and
              (i8x16.swizzle (local.get $l2) (v128.and (local.get $c2) (local.get $low)))
              (i8x16.swizzle (local.get $h2) (i8x16.shr_u (local.get $c2) (i32.const 4))))))
        (local.set $why
          (i32.or
            (v128.any_true (v128.or (local.get $m) (i8x16.eq (local.get $c0) (local.get $at_sign))))
            (i32.shl
              (i32.ge_u
                (i32.popcnt (i8x16.bitmask
                  (v128.or
                    (i8x16.le_u (i8x16.sub (local.get $c0) (local.get $zero)) (local.get $nine))
                    (v128.or
                      (i8x16.eq (local.get $c0) (local.get $space))
                      (i8x16.eq (local.get $c0) (local.get $dash))))))
                (i32.const 7))
              (i32.const 1))))
        (if (local.get $why) (then (return (i32.or (local.get $at) (local.get $why)))))
        (local.set $at (i32.add (local.get $at) (i32.const 16)))
        (br $next)))
    (i32.const -1)))
