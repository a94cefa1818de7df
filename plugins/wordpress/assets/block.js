// The block in the editor: its settings, and what this server renders of it.
( function ( blocks, element, components, editor, serverSideRender, kinds ) {
	const el = element.createElement;
	blocks.registerBlockType( 'recirc/shelf', {
		edit( { attributes, setAttributes } ) {
			const field = ( Control, name, label, more ) => el( Control, Object.assign( {
				label, value: attributes[ name ], checked: attributes[ name ], onChange: ( value ) => setAttributes( { [ name ]: value } ),
			}, more ) );
			const words = wp.i18n.__;
			return el( 'div', editor.useBlockProps(),
				el( editor.InspectorControls, null, el( components.PanelBody, { title: 'Recirc' },
					field( components.SelectControl, 'kind', words( 'Shelf', 'recirc' ), { options: Object.entries( kinds ).map( ( [ value, label ] ) => ( { value, label } ) ) } ),
					field( components.RangeControl, 'slots', words( 'Items', 'recirc' ), { min: 1, max: 20 } ),
					field( components.SelectControl, 'layout', words( 'Layout', 'recirc' ), { options: [ 'list', 'cards', 'strip' ].map( ( value ) => ( { value, label: value } ) ) } ),
					field( components.ToggleControl, 'thumbnails', words( 'Thumbnails', 'recirc' ) ),
					field( components.TextControl, 'heading', words( 'Heading', 'recirc' ) )
				) ),
				el( components.Disabled, null, el( serverSideRender, { block: 'recirc/shelf', attributes } ) )
			);
		},
		save: () => null,
	} );
}( wp.blocks, wp.element, wp.components, wp.blockEditor, wp.serverSideRender, window.recircKinds ) );
