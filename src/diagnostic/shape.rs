//! A struct that is a table of a file: its reading and its JSON schema from one declaration.

/// Declares a struct that stands for a TOML table, and gives it [`Read`](crate::diagnostic::read::Read),
/// [`Shape`](crate::diagnostic::read::Shape) and `schemars::JsonSchema`.
///
/// `needed` fields have to be there, `optional` ones need not; both are a
/// [`Field`](crate::diagnostic::read::Field), so that checks can go on past a broken one.
/// Documentation comments become the schema's descriptions. A closing `later` line names keys that
/// a future version will have.
///
/// ```
/// use batlab_run::diagnostic::{Source, read};
/// use batlab_run::units::Volts;
///
/// batlab_run::shape! {
///     /// A supply.
///     pub struct Supply {
///         /// Its voltage.
///         needed voltage: read::Spanned<Volts>,
///         /// What it is called.
///         optional name: String,
///     }
///     later "fuse"
/// }
///
/// let (supply, problems) = read::file::<Supply>(&Source::new("supply.toml", "voltage = 5\nnme = 'a'"));
/// assert!(supply.is_some_and(|supply| supply.voltage.get().is_none()));
/// assert_eq!(problems.iter().map(|p| p.code).collect::<Vec<_>>(), ["bare-number", "unknown-key"]);
/// ```
#[macro_export]
macro_rules! shape {
    (
        $(#[doc = $doc:literal])+
        $vis:vis struct $name:ident {
            $( $(#[doc = $field_doc:literal])+ $word:ident $field:ident : $type:ty, )+
        }
        $(later $($later:literal),+)?
    ) => {
        $(#[doc = $doc])+
        #[derive(Clone, Debug, PartialEq)]
        $vis struct $name {
            /// Where the table stands: its header, or its braces.
            pub span: ::std::ops::Range<usize>,
            $( $(#[doc = $field_doc])+ pub $field: $crate::diagnostic::read::Field<$type>, )+
        }

        impl $crate::diagnostic::read::Shape for $name {
            fn read_table(
                table: &::toml::de::DeTable<'_>,
                span: ::std::ops::Range<usize>,
                reader: &mut $crate::diagnostic::read::Reader<'_>,
            ) -> Option<Self> {
                let known = [$(stringify!($field)),+];
                let later: &[&str] = &[$($($later),+)?];
                let fields = $crate::diagnostic::read::Fields::open(table, span.clone(), &known, later, reader);
                Some(Self { $($field: fields.$word(stringify!($field), reader),)+ span })
            }
        }

        impl $crate::diagnostic::read::Read for $name {
            fn read(
                node: &$crate::diagnostic::read::Node<'_>,
                reader: &mut $crate::diagnostic::read::Reader<'_>,
            ) -> Option<Self> {
                match node.get_ref() {
                    ::toml::de::DeValue::Table(table) => {
                        $crate::diagnostic::read::Shape::read_table(table, node.span(), reader)
                    }
                    _ => {
                        let keys = [$(stringify!($field)),+].join(", ");
                        reader.expected(node, "a table", format!("a table has keys, here {keys}"));
                        None
                    }
                }
            }

            fn form(key: &str) -> String {
                format!("[{key}]")
            }
        }

        impl ::schemars::JsonSchema for $name {
            fn schema_name() -> ::std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }
            fn json_schema(generator: &mut ::schemars::SchemaGenerator) -> ::schemars::Schema {
                let mut properties = ::serde_json::Map::new();
                let mut required: Vec<&str> = Vec::new();
                $(
                    let mut schema = generator.subschema_for::<$type>();
                    let text = concat!($($field_doc, "\n"),+);
                    schema.insert("description".to_owned(), $crate::diagnostic::read::one_line(text).into());
                    properties.insert(stringify!($field).to_owned(), schema.into());
                    if stringify!($word) == "needed" {
                        required.push(stringify!($field));
                    }
                )+
                ::schemars::json_schema!({
                    "type": "object",
                    "description": $crate::diagnostic::read::one_line(concat!($($doc, "\n"),+)),
                    "properties": properties,
                    "required": required,
                    "additionalProperties": false,
                })
            }
        }
    };
}
