;; A handler as it was built against version 1.0.0 of the interface, by hand so that it can be read and never built anew.
;; With the types of handler.wit beside it, which is frozen too, it is what any later broker of version 1 must run.
;;
;; For each event it adds 1 to the state "events", logs the identifier at info, the value of the parameter "Trigger_ID" at debug
;; if there is one, and counts "events" on the status page.
(module
  (import "philae:handler/event@1.0.0" "find-param"
    (func $find_param (param $name i32) (param $length i32) (param $group i32) (param i32 i32) (param $answer i32)))
  (import "philae:handler/log@1.0.0" "write" (func $write (param $level i32) (param $text i32) (param $length i32)))
  (import "philae:handler/state@1.0.0" "increment"
    (func $increment (param $key i32) (param $length i32) (param $by i64) (param $answer i32)))
  (import "philae:handler/metrics@1.0.0" "count" (func $count (param $name i32) (param $length i32) (param $by i64)))

  (memory (export "memory") 1)
  (data (i32.const 16) "first-version")
  (data (i32.const 32) "1.0.0")
  (data (i32.const 48) "events")
  (data (i32.const 64) "Trigger_ID")
  (data (i32.const 80) "the state cannot be written")
  (data (i32.const 112) "ivo://")

  ;; describe: { name, version, roles: [observation, test], streams: ["ivo://"] }
  (data (i32.const 128) "\10\00\00\00\0d\00\00\00" "\20\00\00\00\05\00\00\00" "\a0\00\00\00\02\00\00\00" "\b0\00\00\00\01\00\00\00")
  (data (i32.const 160) "\00\03")
  (data (i32.const 176) "\70\00\00\00\06\00\00\00")
  ;; init: ok. handle: ok, or err(permanent("the state cannot be written"))
  (data (i32.const 192) "\00\00\00\00\00\00\00\00\00\00\00\00")
  (data (i32.const 208) "\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00")
  (data (i32.const 224) "\01\00\00\00\01\00\00\00\50\00\00\00\1b\00\00\00")
  ;; 256: answers of the broker. From 4096 on: what it hands over, never taken back, for the instance ends with the event.
  (global $next (mut i32) (i32.const 4096))

  (func (export "cabi_realloc") (param $old i32) (param $old_size i32) (param $align i32) (param $size i32) (result i32)
    (local $place i32)
    (local.set $place
      (i32.and
        (i32.add (global.get $next) (i32.sub (local.get $align) (i32.const 1)))
        (i32.sub (i32.const 0) (local.get $align))))
    (global.set $next (i32.add (local.get $place) (local.get $size)))
    (block $enough
      (br_if $enough (i32.le_u (global.get $next) (i32.shl (memory.size) (i32.const 16))))
      (br_if $enough
        (i32.ne (i32.const -1) (memory.grow (i32.add (i32.shr_u (local.get $size) (i32.const 16)) (i32.const 1)))))
      unreachable)
    (memory.copy (local.get $place) (local.get $old) (local.get $old_size))
    (local.get $place))

  (func (export "philae:handler/handler@1.0.0#describe") (result i32) (i32.const 128))

  (func (export "philae:handler/handler@1.0.0#init") (result i32) (i32.const 192))

  (func (export "philae:handler/handler@1.0.0#handle")
    (param $seq i64) (param $ivoid i32) (param $ivoid_length i32) (param $stream i32) (param $stream_length i32)
    (param $role i32) (param $media_type i32) (param $media_type_length i32)
    (param $is_authored i32) (param $authored_seconds i64) (param $authored_nanoseconds i32)
    (param $received_seconds i64) (param $received_nanoseconds i32)
    (param $source i32) (param $source_length i32) (param $attempt i32)
    (result i32)
    (call $increment (i32.const 48) (i32.const 6) (i64.const 1) (i32.const 256))
    (if (i32.load8_u (i32.const 256)) (then (return (i32.const 224))))
    (call $write (i32.const 1) (local.get $ivoid) (local.get $ivoid_length))
    (call $find_param (i32.const 64) (i32.const 10) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 256))
    (if (i32.load8_u (i32.const 256))
      (then (call $write (i32.const 0) (i32.load (i32.const 280)) (i32.load (i32.const 284)))))
    (call $count (i32.const 48) (i32.const 6) (i64.const 1))
    (i32.const 208)))
