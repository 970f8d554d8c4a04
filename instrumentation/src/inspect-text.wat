;; Source of the bytes in inspect-text.ts; after a change: npx -p wabt wat2wasm inspect-text.wat -o - | base64 -w 0
;;
;; Looks for the first 16 bytes in which something begins that the redaction patterns could match.
;; Two steps. The first leaps over windows of 64 bytes in which nothing can be: every pattern needs a run of at least 15 bytes that
;; are ASCII above `*`, or a `B` (of Bearer, Basic, BEGIN), or an at sign, or a run of at least 13 digits, spaces and dashes; a run of
;; 15 covers three aligned groups of 4, a run of 13 covers two. The second looks at the 16 bytes before such a window and at the
;; window: literal prefixes are found three bytes at a time, by the low and high halves of each byte (the "Teddy" method of
;; Hyperscan): every prefix has a bit, and a place is suspicious where one bit survives all six tables.
(module
  (memory (export "memory") 7)
  ;; scan(at, end): the first suspicious block of 16 bytes from `at` on, or -1; `at` must be a multiple of 16. In the low bits of the
  ;; answer: 1, something like a prefix or an at sign; 2, at least 7 digits, spaces and dashes, at least 3 of them digits, which may be
  ;; half of a card number (13 digits). Memory from 425984 on holds the six tables of 16 bytes. What stands past `end` may be looked at.
  (func (export "scan") (param $at i32) (param $end i32) (result i32)
    (local $window i32) (local $runs i32) (local $numbers i32) (local $from i32)
    (local $c v128) (local $seen v128)
    (local $star v128) (local $ten v128) (local $ones v128) (local $b v128) (local $at_sign v128)
    (local.set $star (v128.const i8x16 42 42 42 42 42 42 42 42 42 42 42 42 42 42 42 42))
    (local.set $ten (v128.const i8x16 58 58 58 58 58 58 58 58 58 58 58 58 58 58 58 58))
    (local.set $ones (v128.const i32x4 -1 -1 -1 -1))
    (local.set $b (v128.const i8x16 66 66 66 66 66 66 66 66 66 66 66 66 66 66 66 66))
    (local.set $at_sign (v128.const i8x16 64 64 64 64 64 64 64 64 64 64 64 64 64 64 64 64))
    (local.set $window (local.get $at))
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $window) (local.get $end)))
        ;; Groups of 4, a bit each; the two lowest bits are the last two groups of the window before.
        (local.set $runs (i32.shr_u (local.get $runs) (i32.const 16)))
        (local.set $numbers (i32.shr_u (local.get $numbers) (i32.const 16)))
        (local.set $c (v128.load (local.get $window)))
        (local.set $runs (i32.or (local.get $runs) (i32.shl (i32x4.bitmask (i32x4.eq (i8x16.gt_s (local.get $c) (local.get $star)) (local.get $ones))) (i32.const 2))))
        (local.set $numbers (i32.or (local.get $numbers) (i32.shl (i32x4.bitmask (i32x4.eq (i8x16.lt_u (local.get $c) (local.get $ten)) (local.get $ones))) (i32.const 2))))
        (local.set $seen (v128.or (i8x16.eq (local.get $c) (local.get $b)) (i8x16.eq (local.get $c) (local.get $at_sign))))
        (local.set $c (v128.load offset=16 (local.get $window)))
        (local.set $runs (i32.or (local.get $runs) (i32.shl (i32x4.bitmask (i32x4.eq (i8x16.gt_s (local.get $c) (local.get $star)) (local.get $ones))) (i32.const 6))))
        (local.set $numbers (i32.or (local.get $numbers) (i32.shl (i32x4.bitmask (i32x4.eq (i8x16.lt_u (local.get $c) (local.get $ten)) (local.get $ones))) (i32.const 6))))
        (local.set $seen (v128.or (local.get $seen) (v128.or (i8x16.eq (local.get $c) (local.get $b)) (i8x16.eq (local.get $c) (local.get $at_sign)))))
        (local.set $c (v128.load offset=32 (local.get $window)))
        (local.set $runs (i32.or (local.get $runs) (i32.shl (i32x4.bitmask (i32x4.eq (i8x16.gt_s (local.get $c) (local.get $star)) (local.get $ones))) (i32.const 10))))
        (local.set $numbers (i32.or (local.get $numbers) (i32.shl (i32x4.bitmask (i32x4.eq (i8x16.lt_u (local.get $c) (local.get $ten)) (local.get $ones))) (i32.const 10))))
        (local.set $seen (v128.or (local.get $seen) (v128.or (i8x16.eq (local.get $c) (local.get $b)) (i8x16.eq (local.get $c) (local.get $at_sign)))))
        (local.set $c (v128.load offset=48 (local.get $window)))
        (local.set $runs (i32.or (local.get $runs) (i32.shl (i32x4.bitmask (i32x4.eq (i8x16.gt_s (local.get $c) (local.get $star)) (local.get $ones))) (i32.const 14))))
        (local.set $numbers (i32.or (local.get $numbers) (i32.shl (i32x4.bitmask (i32x4.eq (i8x16.lt_u (local.get $c) (local.get $ten)) (local.get $ones))) (i32.const 14))))
        (local.set $seen (v128.or (local.get $seen) (v128.or (i8x16.eq (local.get $c) (local.get $b)) (i8x16.eq (local.get $c) (local.get $at_sign)))))
        (if (i32.or
              (i32.or
                (i32.and (local.get $runs) (i32.and (i32.shr_u (local.get $runs) (i32.const 1)) (i32.shr_u (local.get $runs) (i32.const 2))))
                (i32.and (local.get $numbers) (i32.shr_u (local.get $numbers) (i32.const 1))))
              (v128.any_true (local.get $seen)))
          (then
            (local.set $from (i32.sub (local.get $window) (i32.const 16)))
            (if (i32.lt_s (local.get $from) (local.get $at)) (then (local.set $from (local.get $at))))
            (local.set $from
              (call $look (local.get $from)
                (select (local.get $end) (i32.add (local.get $window) (i32.const 64))
                  (i32.lt_u (local.get $end) (i32.add (local.get $window) (i32.const 64))))))
            (if (i32.ge_s (local.get $from) (i32.const 0)) (then (return (local.get $from))))))
        (local.set $window (i32.add (local.get $window) (i32.const 64)))
        (br $next)))
    (i32.const -1))
  ;; card(block, end): whether 13 digits in a row, spaces and dashes between them allowed, touch the block of 16 bytes; decimals of a
  ;; number are none. A run is followed for 40 bytes on both sides.
  (func (export "card") (param $block i32) (param $end i32) (result i32)
    (local $at i32) (local $floor i32) (local $ceiling i32) (local $byte i32) (local $digits i32) (local $decimals i32)
    (local.set $at (local.get $block))
    (local.set $floor (select (i32.sub (local.get $block) (i32.const 40)) (i32.const 0) (i32.gt_s (local.get $block) (i32.const 40))))
    (local.set $ceiling (i32.add (local.get $block) (i32.const 56)))
    (if (i32.gt_u (local.get $ceiling) (local.get $end)) (then (local.set $ceiling (local.get $end))))
    (block $begun
      (loop $back
        (br_if $begun (i32.le_u (local.get $at) (local.get $floor)))
        (local.set $byte (i32.load8_u (i32.sub (local.get $at) (i32.const 1))))
        (br_if $begun
          (i32.eqz
            (i32.or
              (i32.le_u (i32.sub (local.get $byte) (i32.const 48)) (i32.const 9))
              (i32.or (i32.eq (local.get $byte) (i32.const 32)) (i32.eq (local.get $byte) (i32.const 45))))))
        (local.set $at (i32.sub (local.get $at) (i32.const 1)))
        (br $back)))
    (if (local.get $at)
      (then (local.set $decimals (i32.eq (i32.load8_u (i32.sub (local.get $at) (i32.const 1))) (i32.const 46)))))
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $at) (local.get $ceiling)))
        (local.set $byte (i32.load8_u (local.get $at)))
        (if (i32.le_u (i32.sub (local.get $byte) (i32.const 48)) (i32.const 9))
          (then
            (local.set $digits (i32.add (local.get $digits) (i32.const 1)))
            (if (i32.and (i32.ge_u (local.get $digits) (i32.const 13)) (i32.eqz (local.get $decimals)))
              (then (return (i32.const 1)))))
          (else
            (if (i32.or (i32.eq (local.get $byte) (i32.const 32)) (i32.eq (local.get $byte) (i32.const 45)))
              (then (local.set $decimals (i32.const 0)))
              (else
                ;; Behind the block nothing new begins: what does is another block's.
                (br_if $done (i32.ge_u (local.get $at) (i32.add (local.get $block) (i32.const 16))))
                (local.set $digits (i32.const 0))
                (local.set $decimals (i32.eq (local.get $byte) (i32.const 46)))))))
        (local.set $at (i32.add (local.get $at) (i32.const 1)))
        (br $next)))
    (i32.const 0))
  (func $look (param $at i32) (param $end i32) (result i32)
    (local $why i32)
    (local $c0 v128) (local $c1 v128) (local $c2 v128) (local $m v128) (local $digits v128)
    (local $l0 v128) (local $h0 v128) (local $l1 v128) (local $h1 v128) (local $l2 v128) (local $h2 v128)
    (local $low v128)
    (local.set $l0 (v128.load offset=425984 (i32.const 0)))
    (local.set $h0 (v128.load offset=426000 (i32.const 0)))
    (local.set $l1 (v128.load offset=426016 (i32.const 0)))
    (local.set $h1 (v128.load offset=426032 (i32.const 0)))
    (local.set $l2 (v128.load offset=426048 (i32.const 0)))
    (local.set $h2 (v128.load offset=426064 (i32.const 0)))
    (local.set $low (v128.const i8x16 15 15 15 15 15 15 15 15 15 15 15 15 15 15 15 15))
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
        (local.set $digits
          (i8x16.le_u
            (i8x16.sub (local.get $c0) (v128.const i8x16 48 48 48 48 48 48 48 48 48 48 48 48 48 48 48 48))
            (v128.const i8x16 9 9 9 9 9 9 9 9 9 9 9 9 9 9 9 9)))
        (local.set $why
          (i32.or
            (v128.any_true
              (v128.or (local.get $m)
                (i8x16.eq (local.get $c0) (v128.const i8x16 64 64 64 64 64 64 64 64 64 64 64 64 64 64 64 64))))
            (i32.shl
              (i32.and
                (i32.ge_u (i32.popcnt (i8x16.bitmask (local.get $digits))) (i32.const 3))
                (i32.ge_u
                  (i32.popcnt (i8x16.bitmask
                    (v128.or (local.get $digits)
                      (v128.or
                        (i8x16.eq (local.get $c0) (v128.const i8x16 32 32 32 32 32 32 32 32 32 32 32 32 32 32 32 32))
                        (i8x16.eq (local.get $c0) (v128.const i8x16 45 45 45 45 45 45 45 45 45 45 45 45 45 45 45 45))))))
                  (i32.const 7)))
              (i32.const 1))))
        (if (local.get $why) (then (return (i32.or (local.get $at) (local.get $why)))))
        (local.set $at (i32.add (local.get $at) (i32.const 16)))
        (br $next)))
    (i32.const -1)))
